namespace Pggan.Pipeline;

/// <summary>Where a dataset comes to be: "DEST.partial" with a journal and the data, which take DEST's name when they are whole.</summary>
internal sealed class IngestPlace
{
    private readonly string _partial;
    private readonly string _replaced;

    /// <summary>Names the places; nothing is made.</summary>
    public IngestPlace(string destination, DatasetFormat format)
    {
        Destination = Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination));
        Name = format == DatasetFormat.TfRecord ? Path.GetFileName(Destination) : Path.GetFileNameWithoutExtension(Destination);
        _partial = Destination + Ingestion.PartialSuffix;
        _replaced = Path.Combine(_partial, "replaced");
        Journal = Path.Combine(_partial, "journal.jsonl");
        Data = Path.Combine(_partial, "data");
    }

    public string Destination { get; }

    /// <summary>Of the dataset.</summary>
    public string Name { get; }

    public string Journal { get; }

    public string Data { get; }

    /// <summary>Makes the folder, or finds the one of an ingest that was not finished.</summary>
    /// <exception cref="ArgumentException">The destination is there, and not to be replaced, or the folder holds something else.</exception>
    public void Prepare(bool overwrite)
    {
        // The last thing that a finished ingest does is to take this folder away: where data are gone, only that is left to do.
        if (File.Exists(Journal) && !Path.Exists(Data) && (Path.Exists(_replaced) || Path.Exists(Destination)))
            Delete();
        if (Directory.Exists(_partial) && !File.Exists(Journal) && Directory.EnumerateFileSystemEntries(_partial).Any())
            throw new ArgumentException($"{DisplayName.Of(_partial)} holds something else; take it away");
        if (File.Exists(_partial))
            throw new ArgumentException($"{DisplayName.Of(_partial)} is a file; take it away");
        if (Path.Exists(Destination))
        {
            if (!overwrite)
                throw new ArgumentException($"{DisplayName.Of(Destination)} is there already; choose another name, or replace it with --overwrite");
            if (StrangeThing() is { } strange)
                throw new ArgumentException($"{DisplayName.Of(Destination)} is no dataset that ingest writes ({DisplayName.Of(strange)}), so it is not overwritten; take it away yourself");
        }

        Directory.CreateDirectory(_partial);
    }

    /// <summary>Gives the data their name.</summary>
    public void Publish()
    {
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
            Span<byte> start = stackalloc byte[2];
            using var file = OrdinaryFile.Open(Destination);
            return file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start.SequenceEqual("PK"u8) ? null : "it is no zip";
        }

        return Directory.EnumerateFileSystemEntries(Destination).Order(StringComparer.Ordinal).FirstOrDefault(path => Directory.Exists(path)
            || !(path.EndsWith(".tfrecords", StringComparison.Ordinal) || path.EndsWith(".labels", StringComparison.Ordinal)
                || path.EndsWith(TfRecordSource.NamesSuffix, StringComparison.Ordinal))) is { } other
            ? "it holds " + Path.GetFileName(other)
            : null;
    }
}
