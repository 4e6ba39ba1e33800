using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Event;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// Draws sample grids with a generator of its own, on a thread of its own, and keeps them in the run's folder. A picture that cannot be drawn
/// is told and training goes on: only checkpoints are precious.
/// </summary>
internal sealed class SamplerActor : ReceiveActor
{
    /// <summary>Most images of one picture by command: they are all in memory at once.</summary>
    private const int MostSamples = 1024;

    private const int MostInName = 8;

    /// <summary>Pictures in a row whose images are much alike that are told of.</summary>
    private const int SuspiciousInARow = 2;

    /// <summary>Longest wait for the picture of reals at the end of a run, of the ten seconds that an interrupted one has.</summary>
    private static readonly TimeSpan RealsAtEnd = TimeSpan.FromSeconds(3);

    private sealed record RealsEnded(CancellationTokenSource Life, SampleGrids.Picture? Reals, Exception? Fault) : INoSerializationVerificationNeeded;

    /// <summary>What outlives a restart.</summary>
    internal sealed class Desk(long seed)
    {
        public long Seed { get; set; } = seed;

        public IActorRef? Finisher { get; set; }
    }

    private readonly TrainingSetup _setup;
    private readonly Desk _desk;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _life = new();
    private ImageSampler? _sampler;
    private bool _readsReals;
    private CollapseWatch? _collapse;
    private int _suspicious;
    private string? _failure;

    public SamplerActor(TrainingSetup setup, Desk desk)
    {
        _setup = setup;
        _desk = desk;
        CpuThreads.ComputeAlone(); // a thread of its own, see hocon
        Receive<DrawFixedGrid>(OnFixedGrid);
        Receive<DrawOther>(OnOther);
        Receive<RealsEnded>(OnRealsEnded);
        Receive<ApplySettings>(change => _desk.Seed = change.Settings.SampleSeed);
        Receive<ReleaseDevice>(_ =>
        {
            Release();
            DeviceMemory.GiveBack(_setup.Device);
        });
        Receive<FinishWork>(OnFinish);
    }

    private string RealsPath => Path.Combine(_setup.RunDirectory, "reals.png");

    public static Props Props(TrainingSetup setup, long seed)
    {
        var desk = new Desk(seed);
        return Akka.Actor.Props.Create(() => new SamplerActor(setup, desk)).WithDispatcher("sampler-dispatcher");
    }

    private void OnFixedGrid(DrawFixedGrid work)
    {
        var (columns, rows) = _setup.Grid;
        var architecture = work.Snapshot.Architecture;
        var turns = WholeLabel.Turns(architecture);
        var fakes = Draw(
            work.Snapshot, work.Request, NameOf(work.Snapshot.Images), columns * rows, columns, [_desk.Seed],
            i => WholeLabel.Of(architecture, turns[i / columns % turns.Count])!);
        if (fakes is not null)
            WatchForCollapse(fakes.Pixels, work.Snapshot);

        // The source may have been away at the start.
        if (_collapse is null && !_readsReals)
            ReadReals();
    }

    /// <summary>One picture may mislead, and that of untrained weights says nothing.</summary>
    private void WatchForCollapse(byte[] fakes, GeneratorSnapshot snapshot)
    {
        if (snapshot.Images == 0 || _collapse?.Share(fakes, snapshot.Stage.Resolution) is not { } share)
            return;
        _suspicious = share < CollapseWatch.Suspicious ? _suspicious + 1 : 0;
        if (_suspicious == SuspiciousInARow)
            Context.Parent.Tell(new ModeCollapseSuspected(snapshot.Images, share));
    }

    private void OnOther(DrawOther work)
    {
        var (count, seed, number, seeds, name) = work.Wish;
        var architecture = work.Snapshot.Architecture;
        var classes = architecture.LabelSize;
        IReadOnlyList<int>? only = name is not null ? work.Snapshot.ComponentsOf(name) : number is { } one ? [one] : null;
        var refusal =
            count is < 1 or > MostSamples ? $"{count} samples must be from 1 to {MostSamples}"
            : seeds is not null && seeds.Count != count ? $"{seeds.Count} seeds are not those of {count} samples"
            : (only is not null || name is not null) && classes == 0 ? "this network has no classes"
            : name is not null && only is null ? $"this network has no class '{name}'"
            : only?.Any(component => component < 0 || component >= classes) == true ? $"class {only[0]} must be from 0 to {classes - 1}"
            : only is not null && WholeLabel.Of(architecture, only) is null ? $"two of '{name}' are values of one attribute"
            : null;
        if (refusal is not null)
        {
            Context.Parent.Tell(new Answer(work.Request, new CommandRejected(refusal)));
            Sender.Tell(PictureEnded.Instance);
            return;
        }

        var columns = (int)Math.Ceiling(Math.Sqrt(count));
        var turns = WholeLabel.Turns(architecture);
        Draw(
            work.Snapshot, work.Request, NameOf(work.Snapshot.Images, work.Wish, only), count, columns, seeds ?? [seed],
            i => WholeLabel.Of(architecture, only ?? turns[i % turns.Count])!, only is null ? null : WholeLabel.Of(architecture, only));
    }

    /// <summary>The name of a picture by command.</summary>
    /// <param name="images">Images seen.</param>
    /// <param name="wish">The command.</param>
    /// <param name="only">The components that were named; null = none.</param>
    internal static string NameOf(long images, DrawSamples wish, IReadOnlyList<int>? only)
    {
        var of = wish.Seeds is { } seeds ? $"seeds{Listed(seeds)}" : $"seed{wish.Seed}";
        return $"samples{Kimg(images)}-{of}{(only is null ? "" : only is [] ? $"-class{GeneratorSnapshot.NoFlag}" : $"-class{Listed(only)}")}";
    }

    /// <summary>The name of a picture of the fixed grid.</summary>
    internal static string NameOf(long images) => $"fakes{Kimg(images)}";

    /// <summary>The name of another picture of the same kimg.</summary>
    internal static string NameOf(string taken, long images) => $"{taken}-{images}";

    /// <summary>A list as part of a name; of one that is too long a digest tells the rest.</summary>
    private static string Listed<T>(IReadOnlyList<T> numbers) =>
        string.Join('_', numbers.Take(MostInName)) + (numbers.Count > MostInName ? $"_{Digest(string.Join('_', numbers))}" : "");

    private static string Digest(string list) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(list)))[..8];

    private SampleGrids.Picture? Draw(
        GeneratorSnapshot snapshot, long request, string name, int count, int columns, IReadOnlyList<long> seeds, Func<int, IReadOnlyList<int>> labelOf,
        IReadOnlyList<int>? label = null)
    {
        SampleGrids.Picture? picture = null;
        try
        {
            if (_sampler is null)
                _sampler = new ImageSampler(snapshot, TorchDevice.First(_setup.Device));
            else
                _sampler.Load(snapshot);
            picture = SampleGrids.Fakes(_sampler, snapshot.Stage, snapshot.Images, count, columns, seeds, labelOf, label);
            var path = Keep(name, snapshot.Images, picture.Png);
            _failure = null;
            Context.Parent.Tell(new SamplesDrawn(path, snapshot.Images));
            Context.Parent.Tell(new Answer(request, new CommandAccepted(path)));
        }
        catch (Exception fault)
        {
            Fail(fault);
            Context.Parent.Tell(new Answer(request, new CommandRejected($"samples cannot be drawn: {FaultPolicy.ReasonOf(fault)}")));
        }

        Sender.Tell(PictureEnded.Instance);
        return picture;
    }

    /// <summary>The name says kimg; another picture of the same kimg gets its images too, and the same picture again changes nothing.</summary>
    private string Keep(string name, long images, byte[] png)
    {
        var path = Path.Combine(_setup.RunDirectory, name + ".png");
        if (File.Exists(path))
        {
            if (File.ReadAllBytes(path).AsSpan().SequenceEqual(png))
                return path;
            path = Path.Combine(_setup.RunDirectory, NameOf(name, images) + ".png");
        }

        Durable.Replace(path, png);
        return path;
    }

    private void OnRealsEnded(RealsEnded ended)
    {
        if (!ReferenceEquals(ended.Life, _life))
            return;
        _readsReals = false;
        try
        {
            if (ended.Reals is { } reals)
                OnReals(reals);
            else if (!_life.IsCancellationRequested)
                Fail(ended.Fault!);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail(fault);
        }

        Finish();
    }

    private void OnReals(SampleGrids.Picture reals)
    {
        var (final, size) = (_setup.Pipeline.Resolution, _setup.Pipeline.Base);
        _collapse = new CollapseWatch(reals.Pixels, _setup.Pipeline.Channels, size.WidthAt(final), size.HeightAt(final), final);
        if (!File.Exists(RealsPath))
            Durable.Replace(RealsPath, reals.Png);
    }

    private void Release()
    {
        _sampler?.Dispose();
        _sampler = null;
    }

    private void OnFinish(FinishWork work)
    {
        _desk.Finisher = Sender;
        FinishSoon();
    }

    /// <summary>A source that hangs must not hold the end up: the next process draws the reals.</summary>
    private void FinishSoon()
    {
        if (_readsReals && !File.Exists(RealsPath))
            _life.CancelAfter(RealsAtEnd);
        else
            Finish();
    }

    private void Finish()
    {
        _desk.Finisher?.Tell(new WorkFinished(_failure));
        _desk.Finisher = null;
    }

    private void Fail(Exception fault)
    {
        _failure = FaultPolicy.ReasonOf(fault);
        _log.Warning(fault, "Samples cannot be drawn: {0}", _failure);
        Context.Parent.Tell(new SamplesFailed(_failure));
    }

    private static string Kimg(long images) => (images / 1000).ToString("000000", CultureInfo.InvariantCulture);

    protected override void PreStart()
    {
        ReadReals();
        if (_desk.Finisher is not null)
            FinishSoon();
    }

    private void ReadReals()
    {
        _readsReals = true;
        var (columns, rows) = _setup.Grid;
        var life = _life;
        Task.Run(() => SampleGrids.RealsAsync(_setup.Source, _setup.Pipeline, columns * rows, columns, life.Token))
            .WaitAsync(life.Token) // a source that hangs does not hear of its cancellation
            .PipeTo(Self, Self, reals => new RealsEnded(life, reals, null), fault => new RealsEnded(life, null, FaultPolicy.Cause(fault)));
    }

    /// <summary>What this life took out of the mailbox is answered, or by the next one.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        var request = (message as DrawFixedGrid)?.Request ?? (message as DrawOther)?.Request;
        if (request is { } id)
        {
            Context.Parent.Tell(new Answer(id, new CommandRejected($"samples cannot be drawn: {FaultPolicy.ReasonOf(reason)}")));
            Sender.Tell(PictureEnded.Instance);
        }

        if (message is FinishWork)
            _desk.Finisher = Sender;
        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        _life.Cancel();
        Release();
    }
}
