using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>
/// Shows a training: in a terminal a table of the last ticks with one live line below, elsewhere a line a tick. The same lines go to log.txt.
/// </summary>
/// <param name="console">Where to.</param>
/// <param name="log">The run's log; null = none is kept.</param>
/// <param name="time">For the time left; null = it is told by <see cref="SecondsLeft"/>.</param>
/// <param name="interruption">What Ctrl-C does.</param>
internal sealed class ConsoleReporter(IAnsiConsole console, RunLog? log, TimePlan? time, string interruption = "Ctrl-C saves and ends")
{
    /// <summary>Ticks in the table.</summary>
    public const int TicksShown = 12;

    private const int NoticesShown = 4;

    // The first picture is drawn beside the first events.
    private readonly Lock _gate = new();
    private readonly Queue<string[]> _ticks = new();
    private readonly Queue<string> _notices = new();
    private TimePlan? _time = time;
    private LiveDisplayContext? _live;
    private TickSummary? _lastTick;
    private double _scheduleImages;
    private string[] _now = ["starting"];

    private EventText? _text;

    /// <summary>Of the training's images.</summary>
    public BaseSize Base { get; set; } = BaseSize.Square;

    /// <summary>Seconds until the schedule ends where there is no time plan; null = unknown.</summary>
    public double? SecondsLeft { get; set; }

    /// <summary>Takes the schedule that holds now.</summary>
    public void Follow(TrainingPlan? plan)
    {
        lock (_gate)
        {
            if (plan is not null)
                _time = _time?.For(GrowthSchedule.Create(plan.Schedule));
        }
    }

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
                    if ((_text ??= new EventText(resolution => Base.At(resolution))).Of(happened) is { } notice)
                        Notice(notice);
                    break;
            }
            _live?.UpdateTarget(Render());
        }
    }

    /// <summary>Shows a line that is no event.</summary>
    public void Note(string text)
    {
        lock (_gate)
        {
            Notice(text);
            _live?.UpdateTarget(Render());
        }
    }

    /// <summary>A tick as one line.</summary>
    public static string Line(TickSummary t, double secondsLeft, BaseSize size)
    {
        string label = t.LabelLoss != 0 ? $"  label {Say.Number(t.LabelLoss)}" : "";
        string skipped = (t.SkippedUpdates > 0 ? $"  skipped updates {t.SkippedUpdates}" : "") + (t.SkippedImages > 0 ? $"  skipped images {t.SkippedImages}" : "");
        return $"tick {t.Tick,-4} kimg {t.Kimg,-7:0.0} {size.At(t.Resolution),-9} alpha {t.Alpha:0.00}  minibatch {t.Minibatch,-3} "
            + $"D {Say.Number(t.LossD)} G {Say.Number(t.LossG)}  real {Say.Number(t.ScoreReal)} fake {Say.Number(t.ScoreFake)}  gp {Say.Number(t.GradientPenalty)}{label}  "
            + $"{t.ImagesPerSecond:0} img/s  loader {t.LoaderWait * 100:0.0}%  mem {Say.Memory(t.MemoryBytes)}"
            + $"{Left(t, secondsLeft)}{skipped}";
    }

    /// <summary>What a tick of before, which is read from the log, does not say.</summary>
    private static string Left(TickSummary t, double secondsLeft) =>
        t.SecondsLeftInPhase is null && double.IsNaN(secondsLeft) ? ""
            : $"  phase {(t.SecondsLeftInPhase is { } seconds ? Say.Time(seconds) : "?")} left  total {Say.Time(secondsLeft)} left";

    private void OnProgress(TrainingProgressed progress)
    {
        _scheduleImages = progress.Progress.ScheduleImages;
        string phase = progress.Phase.Kind == GrowthPhaseKind.FadeIn ? $"fading in, alpha {progress.Stage.Alpha:0.00}" : "stabilising";
        double? left = _time is null ? SecondsLeft : Pace.Now(progress, _lastTick) is { } pace ? _time.SecondsLeft(_scheduleImages, pace) : null;
        _now =
        [
            $"kimg {progress.Images / 1000.0:0.0}", $"{Base.At(progress.Stage.Resolution)} {phase}", $"D {Say.Number(progress.LossD)} G {Say.Number(progress.LossG)}",
            $"{progress.ImagesPerSecond:0} img/s", .. left is { } seconds ? [$"{Say.Time(seconds)} left"] : (string[])[],
        ];
    }

    private void OnTick(TickSummary tick)
    {
        _lastTick = tick;
        double left = SecondsLeftAfter(tick);
        string line = Line(tick, left, Base);
        log?.WriteLine(line);
        if (!IsLive)
        {
            Plain(line);
            return;
        }
        _ticks.Enqueue(TickTable.Row(tick, Base, tick.SecondsLeftInPhase, left));
        while (_ticks.Count > TicksShown)
            _ticks.Dequeue();
    }

    private double SecondsLeftAfter(TickSummary tick)
    {
        if (_time is null)
            return tick.SecondsLeft ?? double.NaN;

        // A tick's place in the schedule is told by what is left of it, growths by hand included.
        double place = Math.Max(_scheduleImages, _time.EndImages - tick.TotalKimgLeft * 1000);
        return _time.SecondsLeft(place, new Pace(tick.SecondsPerKimg, tick.LoaderWait));
    }

    private void Notice(string text)
    {
        text = DisplayName.Of(text);
        log?.WriteLine(text);
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
        int width = console.Profile.Width - 1; // a full last column wraps in some terminals
        List<Text> lines = [];
        if (_ticks.Count > 0)
        {
            IReadOnlyList<string> table = TickTable.Lines(_ticks, width);
            lines.Add(new Text(table[0], new Style(decoration: Decoration.Underline)));
            lines.AddRange(table.Skip(1).Select(row => new Text(row)));
        }
        lines.AddRange(_notices.Select(n => new Text(Say.Cut(n, width), new Style(Color.Grey))));
        string now = Say.Fitting(_now, width);
        bool isOneLine = now.Length + interruption.Length + 3 <= width;
        lines.Add(new Text(isOneLine ? $"{now}   {interruption}" : now));
        if (!isOneLine)
            lines.Add(new Text(Say.Cut(interruption, width), new Style(Color.Grey)));
        return new Rows(lines);
    }

    /// <summary>Without wrapping: whoever reads lines wants one a tick.</summary>
    private void Plain(string text) => console.Profile.Out.Writer.WriteLine(text);
}
