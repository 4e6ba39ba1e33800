using System.Diagnostics;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>One evaluation from what a person asked for to its scores.</summary>
internal sealed class EvaluateRun : IDisposable
{
    /// <summary>The reference's number for its distance.</summary>
    public const int MostImages = 16384;

    /// <summary>Long work is heard of in between.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    private readonly EvaluateRequest _request;
    private readonly IImageSource _opened;
    private readonly StoredSource? _stored;
    private readonly string? _runs;
    private readonly PipelineOptions _options;
    private readonly MetricPlan _plan;
    private readonly Action<string> _tell;
    private readonly CancellationToken _cancellationToken;
    private MeasuredReals? _reals;
    private string _work = "";
    private long _begun;
    private long _told;

    private EvaluateRun(
        EvaluateRequest request, IImageSource source, string? runs, PipelineOptions options, MetricPlan plan, Action<string> tell, CancellationToken cancellationToken)
    {
        (_request, _opened, _runs, _options, _plan, _tell, _cancellationToken) = (request, source, runs, options, plan, tell, cancellationToken);
        _stored = Stored(source);
    }

    /// <summary>The feature network, or null.</summary>
    public FeatureExtractor? Features => _plan.Features;

    /// <summary>The reals.</summary>
    private IImageSource Source => _stored ?? _opened;

    /// <summary>Fakes at most; the reals may be fewer.</summary>
    private int Most => _request.Images ?? MostImages;

    /// <summary>Finds out about both sides, and checks that the metrics can be taken of them.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="tell">Told what is being done, and what is passed over.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="UserException">Something does not fit.</exception>
    public static async Task<EvaluateRun> CreateAsync(EvaluateRequest request, Action<string> tell, CancellationToken cancellationToken)
    {
        string? run = RunOf(request.Run ?? request.Network);
        RunOptions? trained = run is null ? null : OptionsDocument.To(OptionsDocument.ReadFile(Path.Combine(run, RunDirectory.OptionsFile)));
        string runs = run is null ? new RunOptions().Out : Path.GetDirectoryName(run)!;
        string reals = request.Reals ?? trained?.Data
            ?? throw new UserException($"{request.Run ?? request.Network ?? request.Fakes} does not tell what it is to be compared with: name the dataset with --reals.");
        FeatureExtractor? features = request.Features is null ? null : FeatureFiles.Open(request.Features, request.Device);
        IImageSource? source = null;
        try
        {
            NetworkArchitecture? network = request.Fakes is null ? ArchitectureOf(request) : null;
            source = Datasets.Open(reals, RunOptions.Decode(trained?.Background ?? Colour.White, network?.Channels ?? 3));
            PipelineOptions options = await SizeAsync(request, reals, source, trained, network, cancellationToken);
            if (network is null && options.Channels == 4) // as is known only now
            {
                source.Dispose();
                source = Datasets.Open(reals, options.Decode);
            }
            MetricPlan plan = new()
            {
                Metrics = MetricList.Parse(request.Metrics),
                Channels = options.Channels,
                Height = options.Base.HeightAt(options.Resolution),
                Width = options.Base.WidthAt(options.Resolution),
                Seed = request.Seed,
                Features = features,
            };
            plan.Validate();
            return new EvaluateRun(request, source, trained?.Store == StoreMode.Off ? null : runs, options, plan, tell, cancellationToken);
        }
        catch (Exception e)
        {
            source?.Dispose();
            features?.Dispose();
            if (e is ArgumentException misfit)
                throw Refusal(misfit);
            throw;
        }
    }

    /// <summary>Scores one after the other, each as soon as it is known.</summary>
    public IEnumerable<Evaluated> Run()
    {
        if (_request.Fakes is { } fakes)
        {
            using IImageSource source = Datasets.Open(fakes, _options.Decode);
            using StoredSource? stored = Stored(source);
            yield return Measure(fakes, null, _options.Resolution, stored, count => Folder(stored ?? source, count));
            yield break;
        }
        foreach ((string network, GeneratorSnapshot snapshot) in Networks())
        {
            using FakeImages images = Open(snapshot);
            yield return Measure(network, snapshot.Images, snapshot.Stage.Resolution, stored: null, count => images.Measure(_plan, count, Between));
        }
    }

    /// <summary>Of a run all checkpoints that can be read, oldest first: one that is damaged, or was deleted meanwhile, does not cost the others.</summary>
    private IEnumerable<(string Name, GeneratorSnapshot Snapshot)> Networks()
    {
        if (_request.Run is not { } run)
        {
            yield return (_request.Network!, NetworkFiles.ReadGenerator(_request.Network!, _request.Raw));
            yield break;
        }
        List<(string Path, long Images)> checkpoints = [];
        foreach (string path in Checkpoints(run))
        {
            if (Try(path, () => CheckpointFile.ReadState(path)) is { } state)
                checkpoints.Add((path, state.Progress.Images));
        }
        int measured = 0;
        foreach ((string path, _) in checkpoints.OrderBy(checkpoint => checkpoint.Images))
        {
            if (Try(path, () => NetworkFile.Read(path, _request.Raw)) is not { } snapshot)
                continue;
            measured++;
            yield return (path, snapshot);
        }
        if (measured == 0)
            throw new UserException($"{run} has no checkpoint that can be measured.");

        T? Try<T>(string path, Func<T> read)
            where T : class
        {
            try
            {
                return read();
            }
            catch (Exception e) when (e is CheckpointDamagedException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                _tell($"{path} is passed over: {e.Message}");
                return null;
            }
        }
    }

    /// <summary>Samples of the newest network, each with the reals nearest to it.</summary>
    public NeighbourPicture Neighbours()
    {
        GeneratorSnapshot snapshot = NetworkFiles.ReadGenerator(_request.Run ?? _request.Network!, _request.Raw);
        using FakeImages images = Open(snapshot);
        return NeighbourPicture.Make(images.Draw(0, NeighbourPicture.Samples), _plan, Source, _options, Most, Between, _cancellationToken);
    }

    private FakeImages Open(GeneratorSnapshot snapshot)
    {
        LabelTable? labels = Source.LabelSize > 0 && Source.LabelSize == snapshot.Architecture.LabelSize
            ? new LabelTable(Source.Count, Source.LabelSize, Source.CopyLabel)
            : null;
        return new FakeImages(snapshot, _request.Device, labels, _request.Seed);
    }

    private Evaluated Measure(string name, long? images, int resolution, StoredSource? stored, Func<int, MeasuredImages> measure)
    {
        long started = Stopwatch.GetTimestamp();
        if (_reals is null)
            Begin($"measuring up to {Most} images of {Source.Description}{From(_stored)}");
        _reals ??= MeasuredReals.Create(_plan, Source, _options, Most, _request.Run is { } run ? MetricList.StatisticsFolder(run) : null, Between, _cancellationToken);
        int count = _request.Images ?? _reals.Images.Count;
        RequireEnough(Math.Min(count, _reals.Images.Count));
        Begin($"measuring {count} images of {name}{From(stored)}");
        using MeasuredImages fakes = measure(count);
        RequireEnough(fakes.Count);
        Begin("comparing them");
        IReadOnlyList<MetricScore> scores = Evaluation.Score(_plan, _reals.Images, fakes, _reals.Floors, Between);
        return new Evaluated(name, images, resolution, _options.Base.At(resolution), _reals.Images.Count, fakes.Count, scores, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private MeasuredImages Folder(IImageSource fakes, int count)
    {
        MeasuredImages measured = new(_plan, isReal: false);
        try
        {
            MeasuredReals.Read(measured, fakes, _options with { Seed = _request.Seed }, count, Between, _cancellationToken);
            return measured;
        }
        catch
        {
            measured.Dispose();
            throw;
        }
    }

    /// <summary>Where images come from that lie decoded, as a line tells it.</summary>
    private static string From(StoredSource? stored) => stored is null ? "" : ", from their pyramid store";

    private StoredSource? Stored(IImageSource source) => _runs is null ? null : StorePlan.Find(_runs, source, _options, _tell);

    private void RequireEnough(int images)
    {
        try
        {
            _plan.ValidateCount(images);
        }
        catch (ArgumentException e)
        {
            throw Refusal(e);
        }
    }

    private static UserException Refusal(ArgumentException e) => new($"--metrics: {e.Message}.", ExitCodes.Usage, e);

    private void Begin(string work)
    {
        (_work, _begun, _told) = (work, Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        _tell(work);
    }

    private void Between()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        if (Stopwatch.GetElapsedTime(_told) < LongestSilence)
            return;
        _told = Stopwatch.GetTimestamp();
        _tell($"{_work}, {Say.Time(Stopwatch.GetElapsedTime(_begun).TotalSeconds)} so far");
    }

    private static List<string> Checkpoints(string run)
    {
        string folder = Path.Combine(run, RunDirectory.CheckpointFolder);
        List<string> checkpoints = Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder).Where(path => File.Exists(Path.Combine(path, CheckpointFile.ManifestName)) && !Path.GetFileName(path).StartsWith('.'))]
            : [];
        if (checkpoints.Count == 0)
            throw new UserException($"{run} has no checkpoint yet.");
        return checkpoints;
    }

    /// <summary>The run that a path is, or is a checkpoint of; null where it is neither.</summary>
    private static string? RunOf(string? path)
    {
        DirectoryInfo? folder = path is null ? null : new(Path.GetFullPath(path));
        for (int i = 0; i < 3 && folder is not null; i++, folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, RunDirectory.OptionsFile)) && Directory.Exists(Path.Combine(folder.FullName, RunDirectory.CheckpointFolder)))
                return folder.FullName;
        }
        return null;
    }

    private static NetworkArchitecture ArchitectureOf(EvaluateRequest request)
    {
        if (request.Run is { } run)
            Checkpoints(run);
        return NetworkFiles.ReadGenerator(request.Network ?? request.Run!, request.Raw).Architecture;
    }

    /// <summary>The size of the images that are compared: the network's, or the largest that both datasets have.</summary>
    private static async Task<PipelineOptions> SizeAsync(
        EvaluateRequest request, string reals, IImageSource source, RunOptions? trained, NetworkArchitecture? network, CancellationToken cancellationToken)
    {
        PipelineOptions options = trained?.ToPipelineOptions() ?? new PipelineOptions();
        if (network is not null)
        {
            return options with
            {
                Resolution = network.Resolution,
                Base = Datasets.BaseOf(network),
                Channels = network.Channels,
            };
        }
        using IImageSource fakes = Datasets.Open(request.Fakes!);
        BaseSize size = BaseSize.Square;
        int? resolution = null;
        if (request.Size is { } typed)
            (size, resolution) = TypedSize.Parse("--resolution", typed);
        DatasetFacts left = await Datasets.InspectAsync(reals, source, size, cancellationToken);
        DatasetFacts right = await Datasets.InspectAsync(request.Fakes!, fakes, size, cancellationToken);
        if (request.Size is null && left.Proportions is { } whole && whole == right.Proportions)
        {
            // Alike in their proportions, they are compared whole.
            size = whole;
            left = await Datasets.InspectAsync(reals, source, size, cancellationToken);
            right = await Datasets.InspectAsync(request.Fakes!, fakes, size, cancellationToken);
        }
        return options with
        {
            Base = size,
            Resolution = resolution ?? Math.Min(left.Resolution, right.Resolution),
            Channels = Math.Max(left.Channels, right.Channels),
        };
    }

    /// <summary>Frees both sides and the feature network.</summary>
    public void Dispose()
    {
        _reals?.Dispose();
        _stored?.Dispose();
        _opened.Dispose();
        _plan.Features?.Dispose();
    }
}
