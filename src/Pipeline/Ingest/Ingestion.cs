using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>
/// Makes a dataset out of the images of a source. Many images are decoded at once, a bounded number of them wait, and one writer takes them in order,
/// so that neither order nor bytes depend on how many workers there are. All is written into "DEST.partial" beside a journal, and renamed at the
/// end: begun anew with the same arguments, an ingest that was interrupted or killed goes on and ends in the same bytes.
/// </summary>
public sealed class Ingestion
{
    /// <summary>What is added to the destination's name while it is not whole.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>So many images in a row that cannot even be read are no bad images: their source is gone.</summary>
    private const int MostUnreadable = 64;

    private static readonly TimeSpan CommitEvery = TimeSpan.FromSeconds(2);

    private readonly IImageSource _source;
    private readonly IngestOptions _options;
    private readonly IngestLabels _labels;
    private readonly CropBoxes? _boxes;
    private readonly IngestPlace _place;
    private readonly string _about;
    private Stopwatch _sinceCommit = new();
    private int _unreadable;
    private IOException? _lastError;
    private int? _readable;

    /// <summary>Plans an ingest; nothing is read or written.</summary>
    /// <param name="source">Where the images are from; not disposed here.</param>
    /// <param name="options">What becomes of them.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="boxes">Boxes of faces, or null.</param>
    /// <param name="destination">A file for a zip, a folder for TFRecords.</param>
    /// <param name="about">Whatever else decides what is written: with another, an ingest does not go on.</param>
    /// <exception cref="ArgumentException">The options do not fit each other.</exception>
    public Ingestion(IImageSource source, IngestOptions options, IngestLabels labels, CropBoxes? boxes, string destination, string about)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(labels);
        options.Validate();
        _source = source;
        _options = options;
        _labels = labels;
        _boxes = boxes;
        _place = new IngestPlace(destination, options.Format);
        _about = about;
    }

    /// <summary>How long at most until what is done is kept; a test makes it short.</summary>
    internal TimeSpan CommitInterval { get; init; } = CommitEvery;

    /// <summary>Told how many images were looked at: once at the start, of an ingest that goes on, and after each.</summary>
    public Action<int>? OnProgress { get; init; }

    /// <summary>Whether a dataset of ours that is already there is replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Does it.</summary>
    /// <exception cref="ArgumentException">The destination is there, or something else was begun there.</exception>
    /// <exception cref="DatasetUnusableException">No image can be used.</exception>
    /// <exception cref="SourceGoneException">The source disappeared; the same ingest goes on when it is back.</exception>
    /// <exception cref="IOException">The dataset cannot be written; the same ingest goes on when it can.</exception>
    /// <exception cref="InvalidDataException">What an earlier ingest left is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the same ingest goes on.</exception>
    public async Task<IngestReport> RunAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var journal = IngestJournal.Open(_place.Enter(Overwrite), About());
        var tally = new IngestTally(_source, _options.DropDuplicates, Math.Min(_source.Count, _options.MaxImages));
        foreach (var entry in journal.Entries)
            tally.Take(entry);
        _readable = tally.Written.Count > 0 ? tally.Written[^1] : null;
        journal.ForgetEntries();
        var resumed = tally.Seen;
        OnProgress?.Invoke(resumed);
        if (!_place.IsFinished)
            await MakeAsync(journal, tally, cancellationToken).ConfigureAwait(false);

        // All of this before the journal is closed: until then no other ingest comes in.
        if (tally.Written.Count == 0)
        {
            _place.Delete();
            var first = tally.Refused[0];
            throw new DatasetUnusableException($"{_source.Description}: none of {tally.Seen} images can be used; for example {first.Name}: {first.Reason}");
        }

        _place.Publish(Overwrite);
        return new IngestReport(
            _place.Destination, tally.Written.Count, tally.Seen, resumed, _labels.Names, Count(tally.Written), tally.Duplicates, tally.Refused);
    }

    private async Task MakeAsync(IngestJournal journal, IngestTally tally, CancellationToken cancellationToken)
    {
        using (var writer = OpenWriter(tally.Written.Count))
        {
            await WriteAsync(writer, journal, tally, cancellationToken).ConfigureAwait(false);
            if (tally.Written.Count == 0)
                return;
            writer.Finish(_labels, tally.Written);
        }

        _place.Finish();
    }

    private async Task WriteAsync(IDatasetWriter writer, IngestJournal journal, IngestTally tally, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // As many images again as are in work may wait for one that takes longer.
        using var workers = new SemaphoreSlim(_options.Workers);
        var works = Channel.CreateBounded<Task<Work>>(new BoundedChannelOptions(2 * _options.Workers) { SingleReader = true, SingleWriter = true });
        var giving = GiveAsync(works.Writer, workers, writer, tally.Seen, end.Token);
        _sinceCommit = Stopwatch.StartNew();
        try
        {
            while (tally.Written.Count < _options.MaxImages && await works.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (tally.Written.Count < _options.MaxImages && works.Reader.TryRead(out var work))
                {
                    Take(await work.ConfigureAwait(false), writer, journal, tally);
                    OnProgress?.Invoke(tally.Seen);
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            await RequireSourceAsync(cancellationToken).ConfigureAwait(false);
            Commit(writer, journal);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (_unreadable == 0)
                Commit(writer, journal);
            throw;
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await giving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (works.Reader.TryRead(out var left))
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!giving.IsCanceled)
            await giving.ConfigureAwait(false);
    }

    /// <summary>Begins work on the images in order, as many at once as the channel lets it.</summary>
    private async Task GiveAsync(ChannelWriter<Task<Work>> works, SemaphoreSlim workers, IDatasetWriter writer, int first, CancellationToken cancellationToken)
    {
        try
        {
            var order = _options.ShuffleSeed is { } seed ? new ImageOrder(_source.Count, seed) : null;
            for (var position = first; position < _source.Count; position++)
            {
                var index = order?.IndexAt(position) ?? position;
                await workers.WaitAsync(cancellationToken).ConfigureAwait(false);
                var work = Task.Run(() => PrepareAsync(index, workers, writer, cancellationToken), CancellationToken.None);
                try
                {
                    await works.WriteAsync(work, cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    // Whoever empties the channel does not find this one.
                    await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw;
                }
            }
        }
        finally
        {
            works.Complete();
        }
    }

    /// <summary>All that can be done with an image before its turn.</summary>
    private async Task<Work> PrepareAsync(int index, SemaphoreSlim workers, IDatasetWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            if (!_labels.Has(index))
                return new Work(new IngestJournal.Entry(index, null, "there is no label for it"), null, IsTried: false);
            var image = await _source.ReadAsync(index, cancellationToken).ConfigureAwait(false);
            var hash = HashOf(image);
            using var framed = Framing.Frame(image, _options, _boxes?.Of(index));
            return new Work(new IngestJournal.Entry(index, hash, null), writer.Encode(framed));
        }
        catch (BadImageException bad)
        {
            return new Work(new IngestJournal.Entry(index, null, bad.Message), null);
        }
        catch (IOException error) when (error is not SourceGoneException)
        {
            return new Work(new IngestJournal.Entry(index, null, $"cannot be read: {error.Message}"), null, Unreadable: error);
        }
        finally
        {
            workers.Release();
        }
    }

    private void Take(Work work, IDatasetWriter writer, IngestJournal journal, IngestTally tally)
    {
        if (tally.Take(work.Entry))
            writer.Append(work.Encoded!);
        journal.Add(work.Entry);

        // While it is not clear whether these images or all of the source can't be read, nothing is kept of it.
        if (work.Unreadable is { } error)
        {
            (_unreadable, _lastError) = (_unreadable + 1, error);
            if (_unreadable == MostUnreadable)
                throw Gone($"{MostUnreadable} images in a row cannot be read");
        }
        else if (work.IsTried)
        {
            (_unreadable, _readable) = (0, work.Entry.Image);
        }

        if (_unreadable == 0 && _sinceCommit.Elapsed >= CommitInterval)
            Commit(writer, journal);
    }

    private SourceGoneException Gone(string what) => new($"{_source.Description}: {what} ({_lastError!.Message})", _lastError);

    /// <summary>Whether the images at the end cannot be read, or all of the source can't any more: then one that was read before can't, either.</summary>
    private async Task RequireSourceAsync(CancellationToken cancellationToken)
    {
        if (_unreadable == 0)
            return;
        try
        {
            if (_readable is not { } index)
                throw Gone("none of its images can be read");
            (await _source.ReadAsync(index, cancellationToken).ConfigureAwait(false)).Dispose();
        }
        catch (BadImageException)
        {
            // It was read.
        }
        catch (IOException error) when (error is not SourceGoneException)
        {
            throw Gone($"its last {_unreadable} images cannot be read, nor those before them any more");
        }
    }

    private void Commit(IDatasetWriter writer, IngestJournal journal)
    {
        writer.Flush();
        journal.Commit();
        _sinceCommit.Restart();
    }

    private IDatasetWriter OpenWriter(int images) => _options.Format switch
    {
        DatasetFormat.Zip => new ZipWriter(_place.Data, images),
        DatasetFormat.TfRecord => new TfRecordWriter(_place.Data, _place.Name, _options.Width, _options.Channels, images),
        DatasetFormat.Store => new StoreWriter(_place.Data, BaseSize.Split(_options.Width, _options.Height), _options.Channels, Origin(), images),
        _ => throw new ArgumentException($"{_options.Format} is not written"),
    };

    /// <summary>What a store tells of where its images come from.</summary>
    private StoreAbout Origin() =>
        new(_source.Description, _source.Digest, _source.Stamp, string.Join('\n', About().Select(entry => $"{entry.Key}: {entry.Value}")), "ingest", _labels.Names);

    private int[] Count(List<int> images)
    {
        var counts = new int[_labels.Size];
        var label = new float[_labels.Size];
        foreach (var index in images)
        {
            _labels.Copy(index, label);
            for (var i = 0; i < counts.Length; i++)
                counts[i] += label[i] > 0.5f ? 1 : 0;
        }

        return counts;
    }

    /// <summary>What is made of what: all that decides about bytes.</summary>
    private Dictionary<string, string> About() => new()
    {
        ["source"] = _source.Digest,
        ["time of the source's files"] = _source.Stamp,
        ["format"] = Text(_options.Format),
        ["name"] = _place.Name,
        ["size"] = _options.SizeText,
        ["channels"] = Text(_options.Channels),
        ["crop"] = _options.Rectangle is { } part ? Text($"{part.X},{part.Y},{part.Width},{part.Height}") : Text(_options.Crop),
        ["height"] = _options.PictureHeight is { } height ? Text(height) : "its own",
        ["pad"] = Text(_options.Pad),
        ["without box"] = _options.CentreWithoutBox ? "centre" : "refuse",
        ["background"] = _options.Background.ToString("X6", CultureInfo.InvariantCulture),
        ["resize"] = Text(_options.Resize),
        ["upscaling"] = Text(_options.AllowUpscale),
        ["order"] = _options.ShuffleSeed is { } seed ? "seed " + Text(seed) : "its own",
        ["limit of images"] = Text(_options.MaxImages),
        ["handling of duplicates"] = _options.DropDuplicates ? "drop" : "keep",
        ["set of labels or boxes"] = _about,
    };

    private static string Text<T>(T value) => string.Format(CultureInfo.InvariantCulture, "{0}", value).ToLowerInvariant();

    /// <summary>Of pixels and size: two images with the same are the same picture.</summary>
    private static UInt128 HashOf(PixelBuffer image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(image.Width));
        hash.AppendData(BitConverter.GetBytes(image.Channels));
        hash.AppendData(image.Pixels);
        return BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    /// <summary>An image before its turn.</summary>
    private sealed record Work(IngestJournal.Entry Entry, byte[]? Encoded, bool IsTried = true, IOException? Unreadable = null);
}
