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

    public static Props Props(TrainingSetup setup, long seed)
    {
        var desk = new Desk(seed);
        return Akka.Actor.Props.Create(() => new SamplerActor(setup, desk)).WithDispatcher("sampler-dispatcher");
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

    private void OnFixedGrid(DrawFixedGrid work)
    {
        var (columns, rows) = _setup.Grid;
        if (Draw(work.Snapshot, work.Request, PicturePlan.OfGrid(work.Snapshot, columns, rows, _desk.Seed)) is { } fakes)
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
        if (PicturePlan.Of(work.Snapshot, work.Wish, out var refusal) is { } plan)
        {
            Draw(work.Snapshot, work.Request, plan);
            return;
        }

        Context.Parent.Tell(new Answer(work.Request, new CommandRejected(refusal!)));
        Sender.Tell(PictureEnded.Instance);
    }

    private SampleGrids.Picture? Draw(GeneratorSnapshot snapshot, long request, PicturePlan plan)
    {
        SampleGrids.Picture? picture = null;
        try
        {
            if (_sampler is null)
                _sampler = new ImageSampler(snapshot, TorchDevice.First(_setup.Device));
            else
                _sampler.Load(snapshot);
            picture = SampleGrids.Fakes(_sampler, snapshot.Stage, snapshot.Images, plan);
            var path = Keep(plan.Name, snapshot.Images, picture.Png);
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
            path = Path.Combine(_setup.RunDirectory, PicturePlan.NameOf(name, images) + ".png");
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
