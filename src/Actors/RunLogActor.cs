using System.Text.Json.Nodes;
using Akka.Actor;
using Akka.Event;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// Keeps what happened: stats.jsonl with a line a tick, metric-*.jsonl with a line an evaluation, events.jsonl with the other events, TensorBoard's
/// file derived from the first two, and histograms of the weights beside it. A log that cannot be written is told once until it can be again, and
/// training goes on; its lines wait, but histograms do not. A restart, or a failed write, opens the files anew: a torn line is cut off, and
/// TensorBoard's file is made from the lines again.
/// </summary>
internal sealed class RunLogActor : ReceiveActor
{
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<NetworkLayer> _networks;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly LogFile _stats;
    private readonly LogFile _events;
    private readonly MetricLog _metrics;
    private readonly WeightLog _weights;
    private TensorBoardFile? _tensorBoard;
    private string? _failure;
    private bool _weightsFailed;

    public RunLogActor(string folder, TimeProvider time, IReadOnlyList<NetworkLayer> networks, LogFile stats, LogFile events, MetricLog metrics)
    {
        _folder = folder;
        _time = time;
        _networks = networks;
        _stats = stats;
        _events = events;
        _metrics = metrics;
        _weights = new WeightLog(folder);
        Receive<RewindLog>(OnRewind);
        Receive<TickCompleted>(tick => Try(() => OnTick(tick.Summary)));
        Receive<TrainingProgressed>(_ => { });
        Receive<CheckpointEvaluated>(evaluated => Try(() => OnEvaluated(evaluated)));
        Receive<ITrainingEvent>(happened => Try(() => OnEvent(happened)));
        Receive<LogMark>(OnMark);
        Receive<FinishWork>(_ => OnFinish());
    }

    private double Now => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    public static Props Props(string folder, TimeProvider time, IReadOnlyList<NetworkLayer> networks)
    {
        var (stats, events) = (new LogFile(Path.Combine(folder, "stats.jsonl")), new LogFile(Path.Combine(folder, "events.jsonl")));
        var metrics = new MetricLog(folder);
        return Akka.Actor.Props.Create(() => new RunLogActor(folder, time, networks, stats, events, metrics));
    }

    private void OnRewind(RewindLog rewind)
    {
        var rewound = new LogRewound(0, 0);
        Try(() =>
        {
            // What was trained after the checkpoint is trained again and logged then.
            var kept = _stats.Retain(line => IsTick(line) && Number(line, "images") <= rewind.Images);
            if (kept is [.., var last])
                rewound = new LogRewound((int)Number(last, "tick"), Number(last, "elapsed"));
            _metrics.Retain(rewind.Images);
            _weights.Retain(rewind.Images);
            Plot(kept);
        });
        Sender.Tell(rewound);
    }

    private void OnTick(TickSummary tick)
    {
        var line = EventJson.Of(tick, Now);
        var written = _stats.Append(line);
        if (_tensorBoard is not null && written == 1)
            _tensorBoard.Append(line);
        else
            Plot(_stats.Retain(IsTick));
    }

    /// <summary>Makes TensorBoard's file anew.</summary>
    private void Plot(IReadOnlyList<JsonObject> lines)
    {
        _tensorBoard?.Dispose();
        _tensorBoard = null;
        _tensorBoard = TensorBoardFile.Create(_folder, [.. lines, .. _metrics.Retain(long.MaxValue)], _networks);
    }

    private void OnEvent(ITrainingEvent happened) => _events.Append(EventJson.Of(happened, Now));

    private void OnEvaluated(CheckpointEvaluated evaluated)
    {
        try
        {
            foreach (var line in _metrics.Append(evaluated, Now))
                _tensorBoard?.Append(line);
        }
        finally
        {
            OnEvent(evaluated); // one line that waits keeps no other from waiting
        }
    }

    /// <summary>A checkpoint waits for this: what it has seen is not trained, and so not logged, again.</summary>
    private void OnMark(LogMark mark)
    {
        Try(SyncStats);
        if (mark.Weights is { } checkpoint)
            TryWeights(() => _weights.Append(WeightHistogram.Of(checkpoint), checkpoint.State.Progress.Images, Now));
        mark.Logged.TrySetResult();
    }

    private void SyncStats()
    {
        if (_stats.Sync() > 0 || _tensorBoard is null)
            Plot(_stats.Retain(IsTick));
    }

    private void OnFinish()
    {
        Try(SyncStats);
        Try(() => _events.Flush());
        Try(_metrics.Flush);
        Sender.Tell(new WorkFinished(_failure));
    }

    private static bool IsTick(JsonObject line) => line["images"] is JsonValue && line["time"] is JsonValue;

    private static double Number(JsonObject line, string name) => line[name] is JsonValue value ? value.ToDouble() : 0;

    /// <summary>What the weights look like is told nowhere else, and no other log waits for it.</summary>
    private void TryWeights(Action write)
    {
        try
        {
            write();
            _weightsFailed = false;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (!_weightsFailed)
                Context.Parent.Tell(new RunLogFailed(fault.Message));
            _weightsFailed = true;
            _log.Error("The histograms of the weights cannot be written: {0}", fault.Message);
            _weights.Close();
        }
    }

    private void Try(Action write)
    {
        try
        {
            write();
            if (!_stats.HasWaiting && !_events.HasWaiting && !_metrics.HasWaiting)
                _failure = null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (_failure is null)
                Context.Parent.Tell(new RunLogFailed(fault.Message));
            _failure = fault.Message;
            _log.Error("The run's log cannot be written: {0}", fault.Message);
            Close();
        }
    }

    private void Close()
    {
        _stats.Close();
        _events.Close();
        _metrics.Close();
        _weights.Close();
        _tensorBoard?.Dispose();
        _tensorBoard = null;
    }

    /// <summary>What this life was asked is answered by the next one, or here: a run must not wait for its log.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        if (message is RewindLog)
            Self.Tell(message, Sender);
        else if (message is FinishWork)
            Sender.Tell(new WorkFinished(reason.Message));
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => Close();
}
