using Akka.Actor;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>Turns what happens in the training into messages of the <see cref="EventStream"/>.</summary>
// Live    publishes each event, and once a second the status while somebody listens.
// Ending  the outcome is published; the status that it led to comes, then the stream closes.
internal sealed class StreamActor : ReceiveActor, IWithTimers
{
    /// <summary>Somebody has come, and wants a status.</summary>
    public sealed record ListenerJoined
    {
        /// <summary>All are alike.</summary>
        public static ListenerJoined Instance { get; } = new();
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    private readonly LiveTraining _live;
    private readonly EventStream _stream;
    private TrainingPlan _plan;
    private bool _asked;
    private bool _isEnding;

    /// <summary>Begins with the next event.</summary>
    public StreamActor(LiveTraining live, EventStream stream)
    {
        _live = live;
        _stream = stream;
        _plan = live.FirstPlan;
        Receive<ITrainingEvent>(OnEvent);
        Receive<TrainingStatus>(OnStatus);
        Receive<Tick>(_ => OnTick());
        Receive<ListenerJoined>(_ => OnListenerJoined());
        Receive<Terminated>(_ => Context.Stop(Self));
    }

    /// <summary>The timers of Akka.</summary>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to start it.</summary>
    public static Props Props(LiveTraining live, EventStream stream) => Akka.Actor.Props.Create(() => new StreamActor(live, stream));

    protected override void PreStart()
    {
        Context.Watch(_live.Coordinator);
        _live.Coordinator.Tell(new SubscribeToEvents(Self));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, StatusInterval);
    }

    /// <summary>A fault here is no end of the stream.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostStop() => _stream.Close();

    private void OnEvent(ITrainingEvent happened)
    {
        _live.Meter.Note(happened);
        double now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        switch (happened)
        {
            case TrainingProgressed progress:
                _stream.Publish("progress", StatusJson.Of(progress, _plan));
                break;
            case TickCompleted tick:
                _stream.PublishTick(EventJson.Of(tick.Summary, now));
                break;
            default:
                _stream.Publish("happened", EventJson.Of(happened, now));
                break;
        }
        if (happened is TrainingCompleted or TrainingStopped or TrainingFailed)
        {
            _isEnding = true;
            Ask();
        }
    }

    private void OnStatus(TrainingStatus status)
    {
        _asked = false;
        _plan = status.Plan ?? _live.FirstPlan;
        _stream.Publish("status", StatusJson.Of(status, _live, _stream.LastTick));
        if (_isEnding && status.State is RunState.Completed or RunState.Stopped or RunState.Failed)
            Context.Stop(Self);
    }

    private void OnTick()
    {
        if (_stream.Clients > 0)
            Ask();
    }

    /// <summary>At once, but one for all who come while one is on its way.</summary>
    private void OnListenerJoined()
    {
        if (!_asked)
            Ask();
    }

    private void Ask()
    {
        _asked = true;
        _live.Coordinator.Tell(new GetStatus());
    }
}
