using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>What the coordinator last heard of the run: answers a status without asking anybody.</summary>
internal sealed class StatusBoard(TimeProvider time)
{
    private readonly Dictionary<string, int> _restarts = [];
    private readonly ActorRoll _actors = new(time);
    private readonly long _started = time.GetTimestamp();
    private bool _released;
    private TrainingProgressed? _at;
    private TrainingProgressed? _live;
    private TickSummary? _tick;
    private string? _checkpoint;
    private string? _samples;
    private string? _failure;

    public RunState State { get; set; } = RunState.Starting;

    /// <summary>Number of the last tick of the run.</summary>
    public int Ticks { get; set; }

    /// <summary>Seconds of the run in earlier processes.</summary>
    public double ElapsedBefore { get; set; }

    public double Elapsed => ElapsedBefore + time.GetElapsedTime(_started).TotalSeconds;

    public long Images => _at?.Images ?? 0;

    /// <summary>The pipeline, once it is there.</summary>
    public PipelineContext? Pipeline { get; set; }

    /// <summary>Bad images met so far by this process.</summary>
    public int SkippedImages => Pipeline?.Skipped.Count ?? 0;

    public int RestartsOf(string name) => _restarts.GetValueOrDefault(name);

    public int CountRestart(string name) => _restarts[name] = _restarts.GetValueOrDefault(name) + 1;

    /// <summary>The trainer's numbers that hold now.</summary>
    public TrainingPlan? Plan { get; set; }

    public void Expect(int readers, int downsamplers, bool evaluates) => _actors.Expect(readers, downsamplers, evaluates);

    public void Run(string actor) => _actors.Run(actor);

    public void Fail(string actor, string error) => _actors.Fail(actor, error);

    public void Stop(string actor) => _actors.Stop(actor);

    /// <summary>A part of the pipeline failed, or all of it, which tells of it when it runs again; the event with how often it did.</summary>
    public PipelineDegraded Degrade(PipelineDegraded degraded)
    {
        Fail(degraded.Stage, degraded.Reason);
        if (degraded.Stage == ActorRoll.Pipeline)
            Run(degraded.Stage);
        return degraded with { Restarts = CountRestart(degraded.Stage) };
    }

    /// <summary>A tick ended; the event with its place in the run.</summary>
    public TickCompleted Number(TickCompleted tick) =>
        new(tick.Summary with { Tick = ++Ticks, Elapsed = Elapsed, SkippedImages = SkippedImages });

    public void Place(TrainingProgressed at) => _at = at;

    /// <summary>Takes note of an event.</summary>
    public void Note(ITrainingEvent happened)
    {
        switch (happened)
        {
            case TrainingProgressed live:
                (_at, _live) = (live, live);
                break;
            case TickCompleted tick:
                _tick = tick.Summary;
                break;
            case CheckpointSaved saved:
                _checkpoint = saved.Path;
                break;
            case SamplesDrawn drawn:
                _samples = drawn.Path;
                break;
            case TrainingPaused paused:
                (State, _released) = (RunState.Paused, paused.Released);
                break;
            case TrainingResumed:
                (State, _released) = (RunState.Training, false);
                break;
            case TrainerRestarted:
                _released = false;
                break;
            case TrainingCompleted:
                State = RunState.Completed;
                break;
            case TrainingStopped:
                State = RunState.Stopped;
                break;
            case TrainingFailed failed:
                (State, _failure) = (RunState.Failed, failed.Reason);
                break;
        }
    }

    public TrainingStatus Status(RunSettings settings) => new()
    {
        State = State,
        Progress = _at?.Progress,
        Stage = _at?.Stage,
        Phase = _at?.Phase,
        Live = _live,
        LastTick = _tick,
        Pipeline = Pipeline?.Meter.Snapshot(),
        Restarts = new Dictionary<string, int>(_restarts),
        Settings = settings,
        Plan = Plan,
        IsReleased = _released,
        Actors = _actors.List(State, _released, _restarts),
        Trainer = _at?.Load,
        NewestCheckpoint = _checkpoint,
        NewestSamples = _samples,
        Failure = _failure,
        Elapsed = Elapsed,
    };
}
