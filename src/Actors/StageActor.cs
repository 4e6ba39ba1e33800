using Akka.Actor;

namespace Pggan.Actors;

/// <summary>Runs one pipeline stage as its life: it starts with the actor, its failure is the actor's, and it is cancelled with the actor.</summary>
internal sealed class StageActor : ReceiveActor
{
    private sealed record RunEnded(CancellationTokenSource Run, Exception? Fault) : INoSerializationVerificationNeeded;

    private readonly StageRuns _runs;
    private readonly IActorRef _supervisor;
    private readonly CancellationTokenSource _run = new();

    public StageActor(StageRuns runs, IActorRef supervisor)
    {
        _runs = runs;
        _supervisor = supervisor;
        Receive<RunEnded>(OnRunEnded);
    }

    public static Props Props(StageRuns runs, IActorRef supervisor) => Akka.Actor.Props.Create(() => new StageActor(runs, supervisor));

    private void OnRunEnded(RunEnded ended)
    {
        // The end of a run of an earlier life says nothing about this one.
        if (!ReferenceEquals(ended.Run, _run))
            return;
        var fault = ended.Fault ?? new InvalidOperationException($"{_runs.Name} ended unasked");
        _supervisor.Tell(new StageFailed(_runs.Name, FaultPolicy.ReasonOf(fault)));
        throw fault;
    }

    protected override void PreStart()
    {
        var run = _run;
        _supervisor.Tell(new StageStarted(_runs.Name));
        _runs.RunAsync(run.Token).PipeTo(Self, Self, () => new RunEnded(run, null), fault => new RunEnded(run, FaultPolicy.Cause(fault)));
    }

    protected override void PostStop() => _run.Cancel();
}
