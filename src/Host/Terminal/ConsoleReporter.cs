using Pggan.Actors;
using Pggan.Model;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pggan.Host;

/// <summary>
/// Shows a training: in a terminal a table of the last ticks with one live line below, elsewhere a line a tick. The same lines go to log.txt.
/// </summary>
/// <param name="console">Where to.</param>
/// <param name="log">The run's log.</param>
/// <param name="time">For the time left.</param>
internal sealed class ConsoleReporter(IAnsiConsole console, RunLog log, TimePlan time)
{
    private const int TicksShown = 12;
    private const int NoticesShown = 4;

    private static readonly string[] Columns =
        ["tick", "kimg", "size", "alpha", "batch", "D", "G", "real", "fake", "gp", "img/s", "loader", "memory", "phase", "total"];

    // The first picture is drawn beside the first events.
    private readonly Lock _gate = new();
    private readonly Queue<string[]> _ticks = new();
    private readonly Queue<string> _notices = new();
    private LiveDisplayContext? _live;
    private TickSummary? _lastTick;
    private double _scheduleImages;
    private string _now = "starting";
    private int _skippedImages;

    /// <summary>Keeps the live display on the terminal until the training is over; returns at once where there is none.</summary>
    public async Task ShowUntilAsync(Task over)
    {
        if (!IsLive)
        {
            await over;
            return;
        }
        await console.Live(new Text("")).StartAsync(async context =>
        {
            lock (_gate)
            {
                _live = context;
                context.UpdateTarget(Render());
            }
            await over;
            lock (_gate)
                _live = null;
        });
    }

    private bool IsLive => console.Profile.Out.IsTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Shows one event.</summary>
    public void Handle(ITrainingEvent happened)
    {
        lock (_gate)
        {
            switch (happened)
            {
                case TrainingProgressed progress:
                    OnProgress(progress);
                    break;
                case TickCompleted tick:
                    OnTick(tick.Summary);
                    break;
                default:
                    if (Describe(happened) is { } notice)
                        Notice(notice);
                    break;
            }
            _live?.UpdateTarget(Render());
        }
    }

    /// <summary>A tick as one line.</summary>
    public static string Line(TickSummary t, double secondsLeft)
    {
        string label = t.LabelLoss != 0 ? $"  label {Say.Number(t.LabelLoss)}" : "";
        string skipped = (t.SkippedUpdates > 0 ? $"  skipped updates {t.SkippedUpdates}" : "") + (t.SkippedImages > 0 ? $"  skipped images {t.SkippedImages}" : "");
        return $"tick {t.Tick,-4} kimg {t.Kimg,-7:0.0} {Say.Size(t.Resolution),-9} alpha {t.Alpha:0.00}  minibatch {t.Minibatch,-3} "
            + $"D {Say.Number(t.LossD)} G {Say.Number(t.LossG)}  real {Say.Number(t.ScoreReal)} fake {Say.Number(t.ScoreFake)}  gp {Say.Number(t.GradientPenalty)}{label}  "
            + $"{t.ImagesPerSecond:0} img/s  loader {t.LoaderWait * 100:0.0}%  mem {Say.Memory(t.MemoryBytes)}  "
            + $"phase {PhaseLeft(t)} left  total {Say.Time(secondsLeft)} left{skipped}";
    }

    /// <summary>That a minibatch does not fit whole.</summary>
    public static string MicroBatchLine(int resolution, int minibatch, int atOnce, string reason) =>
        $"{Say.Size(resolution)} does not fit whole: minibatch {minibatch} is computed {atOnce} at a time ({reason})";

    private static string PhaseLeft(TickSummary t) => t.SecondsLeftInPhase is { } seconds ? Say.Time(seconds) : "?";

    private void OnProgress(TrainingProgressed progress)
    {
        _scheduleImages = progress.Progress.ScheduleImages;
        string phase = progress.Phase.Kind == GrowthPhaseKind.FadeIn ? $"fading in, alpha {progress.Stage.Alpha:0.00}" : "stabilising";
        double? speed = progress.ImagesPerSecond > 0 ? 1000 / progress.ImagesPerSecond : _lastTick?.SecondsPerKimg;
        string left = speed is null ? "" : $"  {Say.Time(time.SecondsLeft(_scheduleImages, speed))} left";
        _now = $"kimg {progress.Images / 1000.0:0.0}  {Say.Size(progress.Stage.Resolution)} {phase}  D {Say.Number(progress.LossD)} G {Say.Number(progress.LossG)}  "
            + $"{progress.ImagesPerSecond:0} img/s{left}   Ctrl-C saves and ends";
    }

    private void OnTick(TickSummary tick)
    {
        _lastTick = tick;

        // A tick's place in the schedule is told by what is left of it, growths by hand included.
        double place = Math.Max(_scheduleImages, time.EndImages - tick.TotalKimgLeft * 1000);
        double left = time.SecondsLeft(place, tick.SecondsPerKimg);
        string line = Line(tick, left);
        log.WriteLine(line);
        if (!IsLive)
        {
            Plain(line);
            return;
        }
        _ticks.Enqueue(
        [
            $"{tick.Tick}", $"{tick.Kimg:0.0}", Say.Size(tick.Resolution), $"{tick.Alpha:0.00}", $"{tick.Minibatch}", Say.Number(tick.LossD),
            Say.Number(tick.LossG), Say.Number(tick.ScoreReal), Say.Number(tick.ScoreFake), Say.Number(tick.GradientPenalty),
            $"{tick.ImagesPerSecond:0}", $"{tick.LoaderWait * 100:0.0}%", Say.Memory(tick.MemoryBytes), PhaseLeft(tick), Say.Time(left),
        ]);
        while (_ticks.Count > TicksShown)
            _ticks.Dequeue();
    }

    private string? Describe(ITrainingEvent happened) => happened switch
    {
        TrainingStarted { Checkpoint: null } => "training",
        TrainingStarted started => $"continuing from kimg {started.Images / 1000.0:0.0}",
        TrainingPaused paused => $"paused at kimg {paused.Images / 1000.0:0.0}",
        TrainingResumed => "going on",
        TrainerRestarted restarted => $"restarted at kimg {restarted.Images / 1000.0:0.0} ({restarted.Restarts}): {restarted.Reason}",
        TrainingRolledBack back =>
            $"diverged at kimg {back.DivergedAt / 1000.0:0.0}: {back.Reason}; back to kimg {back.Images / 1000.0:0.0} with fresh noise ({back.Rollbacks})",
        ModeCollapseSuspected collapse => $"the samples are much alike ({collapse.Diversity:0.00} of the reals' diversity): mode collapse? See fakes*.png",
        TrainingCompleted completed => $"done at kimg {completed.Images / 1000.0:0.0}",
        TrainingStopped stopped => $"stopped at kimg {stopped.Images / 1000.0:0.0}; --resume continues",
        PhaseStarted { Phase.Kind: GrowthPhaseKind.FadeIn } phase => $"fading in {Say.Size(phase.Phase.Resolution)} for {phase.Phase.Images / 1000:0.#} kimg",
        PhaseStarted phase => $"stabilising {Say.Size(phase.Phase.Resolution)} for {phase.Phase.Images / 1000:0.#} kimg",
        GrowthOrdered => "growing by hand",
        MicroBatchReduced parts => MicroBatchLine(parts.Resolution, parts.Minibatch, parts.MicroBatch, parts.Reason),
        CheckpointSaved saved => $"saved {ShortPath(saved.Path)}",
        CheckpointFailed failed => $"checkpoint not saved: {failed.Reason}",
        DiskSpaceLow low => $"the disk is nearly full: {Say.Memory(low.FreeBytes)} free, and a checkpoint takes {Say.Memory(low.NeededBytes)}; make room before it is needed",
        CheckpointRefused refused => $"checkpoint passed over: {ShortPath(refused.Path)}: {refused.Reason}",
        SamplesFailed failed => $"samples not drawn: {failed.Reason}",
        PipelineDegraded degraded => $"{degraded.Stage} restarted ({degraded.Restarts}): {degraded.Reason}",
        ImageSkipped skipped when ++_skippedImages <= 10 => $"skipped {skipped.Name}: {skipped.Reason}",
        ImageSkipped when _skippedImages == 11 => "more images are skipped; events.jsonl names them all",
        SettingsChanged => "settings changed",
        DatasetChanged changed => $"the dataset is another one than before ({changed.Was[..Math.Min(8, changed.Was.Length)]}, now {changed.Is[..Math.Min(8, changed.Is.Length)]})",
        RunLogFailed failed => $"log not written: {failed.Reason}",
        _ => null,
    };

    private static string ShortPath(string path) => $"{Path.GetFileName(Path.GetDirectoryName(path))}/{Path.GetFileName(path)}";

    private void Notice(string text)
    {
        log.WriteLine(text);
        if (!IsLive)
        {
            Plain(text);
            return;
        }
        _notices.Enqueue(text);
        while (_notices.Count > NoticesShown)
            _notices.Dequeue();
    }

    private Rows Render()
    {
        Table table = new() { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (string column in Columns)
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right, NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        foreach (string[] row in _ticks)
            table.AddRow([.. row.Select(c => new Text(c))]);
        List<IRenderable> rows = _ticks.Count > 0 ? [table] : [];
        rows.AddRange(_notices.Select(n => new Text(n, new Style(Color.Grey))));
        rows.Add(new Text(_now) { Overflow = Overflow.Ellipsis });
        return new Rows(rows);
    }

    /// <summary>Without wrapping: whoever reads lines wants one a tick.</summary>
    private void Plain(string text) => console.Profile.Out.Writer.WriteLine(text);
}
