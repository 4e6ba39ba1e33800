using System.IO.Compression;

namespace Pggan.Pipeline;

/// <summary>Where a dataset comes to be: "DEST.partial" with a journal and the data, which take DEST's name when they are whole.</summary>
internal sealed class IngestPlace
{
    private readonly string _partial;
    private readonly string _replaced;
    private readonly string _finished;

    /// <summary>Names the places; nothing is made.</summary>
    public IngestPlace(string destination, DatasetFormat format)
    {
        Destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        Name = format == DatasetFormat.TfRecord ? Path.GetFileName(Destination) : Path.GetFileNameWithoutExtension(Destination);
        _partial = Destination + Ingestion.PartialSuffix;
        _replaced = Path.Combine(_partial, "replaced");
        _finished = Path.Combine(_partial, "finished");
        Journal = Path.Combine(_partial, "journal.jsonl");
        Data = Path.Combine(_partial, "data");
    }

    public string Destination { get; }

    /// <summary>Of the dataset.</summary>
    public string Name { get; }

    public string Data { get; }

    private string Journal { get; }

    /// <summary>Whether the data are whole, and only their name is missing.</summary>
    public bool IsFinished => File.Exists(_finished);

    /// <summary>
    /// Makes the folder, or finds the one of an ingest that was not finished, and opens its journal, which no other process does before it is closed.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is there, and not to be replaced, or the folder holds something else.</exception>
    /// <exception cref="IOException">Another ingest is at work there.</exception>
    public FileStream Enter(bool overwrite)
    {
        if (File.Exists(_partial))
            throw new ArgumentException($"{DisplayName.Of(_partial)} is a file; take it away");
        if (!Directory.Exists(_partial))
            RequireFree(overwrite);
        else if (!File.Exists(Journal) && Directory.EnumerateFileSystemEntries(_partial).Any())
            throw new ArgumentException($"{DisplayName.Of(_partial)} holds something else; take it away");
        Directory.CreateDirectory(_partial);

        // On Unix, whoever has a file open may delete it anyway, and sharing that would share all.
        var share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        var journal = new FileStream(Journal, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, 1 << 16);
        try
        {
            // The last thing that an ingest does is to take this folder away: where whole data have gone to their name, only that is left to do.
            if (IsFinished && !Path.Exists(Data))
            {
                Delete();
                journal.Dispose();
                return Enter(overwrite);
            }

            RequireFree(overwrite);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Notes that the data are whole.</summary>
    public void Finish() => File.Create(_finished).Dispose();

    /// <summary>Gives the data their name.</summary>
    /// <exception cref="ArgumentException">The destination is there by now, and not to be replaced.</exception>
    public void Publish(bool overwrite)
    {
        RequireFree(overwrite);
        if (Path.Exists(Destination))
        {
            DeleteReplaced();
            Directory.Move(Destination, _replaced);
        }

        Directory.Move(Data, Destination);
        Delete();
    }

    /// <summary>Takes away what was begun.</summary>
    public void Delete() => Directory.Delete(_partial, recursive: true);

    private void RequireFree(bool overwrite)
    {
        if (!Path.Exists(Destination))
            return;
        if (!overwrite)
            throw new ArgumentException($"{DisplayName.Of(Destination)} is there already; choose another name, or replace it with --overwrite");
        if (StrangeThing() is { } strange)
            throw new ArgumentException($"{DisplayName.Of(Destination)} is no dataset that ingest writes ({DisplayName.Of(strange)}), so it is not overwritten; take it away yourself");
    }

    private void DeleteReplaced()
    {
        if (Directory.Exists(_replaced))
            Directory.Delete(_replaced, recursive: true);
        File.Delete(_replaced);
    }

    /// <summary>What shows that the destination is nothing that we write, or null.</summary>
    private string? StrangeThing()
    {
        if (File.Exists(Destination))
        {
            if (PyramidStore.IsStore(Destination))
                return null;
            return IsZipOfOurs() ? null : "it is neither a zip of images as ingest names them nor a store";
        }

        return Directory.EnumerateFileSystemEntries(Destination).Order(StringComparer.Ordinal).FirstOrDefault(path => Directory.Exists(path)
            || !(path.EndsWith(".tfrecords", StringComparison.Ordinal) || path.EndsWith(".labels", StringComparison.Ordinal)
                || path.EndsWith(TfRecordSource.NamesSuffix, StringComparison.Ordinal))) is { } other
            ? "it holds " + Path.GetFileName(other)
            : null;
    }

    /// <summary>Documents and weights are zips, too: ours has labels and a first image, as StyleGAN's tool names them.</summary>
    private bool IsZipOfOurs()
    {
        try
        {
            using var zip = new ZipArchive(OrdinaryFile.Open(Destination), ZipArchiveMode.Read);
            return zip.GetEntry(ZipWriter.LabelsName) is not null && zip.GetEntry(ZipWriter.NameOf(0)) is not null;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
    }
}
