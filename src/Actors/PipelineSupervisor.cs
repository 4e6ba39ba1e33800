using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Akka.Pattern;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// Owns the inner channels, made afresh whenever it starts, and the stages between them. A stage that is stopped for good takes the whole
/// pipeline into a restart: what was in the channels is read again.
/// </summary>
internal sealed class PipelineSupervisor : ReceiveActor
{
    private readonly PipelineContext _context;
    private readonly ChannelWriter<ImageBatch> _output;
    private readonly TrainingSetup _setup;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private PipelineChannels? _channels;

    public PipelineSupervisor(PipelineContext context, ChannelWriter<ImageBatch> output, TrainingSetup setup)
    {
        _context = context;
        _output = output;
        _setup = setup;
        Receive<StageFailed>(OnStageFailed);
        Receive<StageStarted>(Context.Parent.Tell);
        Receive<StageStopped>(stopped => throw new InvalidOperationException($"pipeline stage {stopped.Name} failed too often"));
    }

    public static Props Props(PipelineContext context, ChannelWriter<ImageBatch> output, TrainingSetup setup) =>
        Akka.Actor.Props.Create(() => new PipelineSupervisor(context, output, setup));

    private void OnStageFailed(StageFailed failed)
    {
        _log.Warning("Pipeline stage {0} failed: {1}", failed.Name, failed.Reason);

        // The coordinator outlives this actor and counts.
        Context.Parent.Tell(new PipelineDegraded(failed.Name, 0, failed.Reason));
    }

    /// <summary>Readers wait for a source that comes back; the other stages have nothing to wait for.</summary>
    private void StartReader(StageRuns runs)
    {
        var options = Backoff
            .OnFailure(StageActor.Props(runs, Self), "stage", _setup.ReaderMinBackoff, _setup.ReaderMaxBackoff, 0.2, -1)
            .WithSupervisorStrategy(new OneForOneStrategy(FaultPolicy.ForStage));
        Watch(Context.ActorOf(BackoffSupervisor.Props(options), runs.Name), runs.Name);
    }

    private void Start(StageRuns runs) => Watch(Context.ActorOf(StageActor.Props(runs, Self), runs.Name), runs.Name);

    private static void Watch(IActorRef stage, string name) => Context.WatchWith(stage, new StageStopped(name));

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(_setup.Limits.StageRestarts, _setup.Limits.StageRestartWindow, FaultPolicy.ForStage);

    protected override void PreStart()
    {
        var channels = _channels = new PipelineChannels(_context);
        for (var i = 0; i < _context.Options.Readers; i++)
        {
            var number = i;
            StartReader(new StageRuns($"reader-{i}", () => new ReaderStage(_context, channels, number)));
        }

        for (var i = 0; i < _context.Options.Downsamplers; i++)
        {
            var number = i;
            Start(new StageRuns($"downsampler-{i}", () => new DownsampleStage(_context, channels, number)));
        }

        Start(new StageRuns("batcher", () => new BatchStage(_context, channels, _output)));
    }

    protected override void PostRestart(Exception reason)
    {
        Context.Parent.Tell(new PipelineDegraded("pipeline", 0, FaultPolicy.ReasonOf(reason)));
        base.PostRestart(reason);
    }

    protected override void PostStop() => _channels?.Dispose();
}
