using System.Diagnostics;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>Shows searches while they run: one live line in a terminal, elsewhere a line each tenth of a search.</summary>
/// <param name="console">Where to.</param>
/// <param name="searches">How many there will be.</param>
/// <param name="perStep">Images of a step.</param>
internal sealed class InvertDisplay(IAnsiConsole console, int searches, int perStep)
{
    private const int Lines = 10;

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private TimeSpan _shown;
    private LiveDisplayContext? _live;

    /// <summary>A likeness in decibels; null = not a byte differs.</summary>
    public static string Decibels(double? psnr) => psnr is { } value && double.IsFinite(value) ? $"PSNR {value:0.0} dB" : "no byte differs";

    /// <summary>Does the work with the live line on the terminal, where there is one.</summary>
    public T While<T>(Func<T> work)
    {
        if (!console.Profile.Out.IsTerminal || console.Profile.Capabilities is not { Ansi: true, Interactive: true })
            return work();
        return console.Live(new Text("")).Start(context =>
        {
            _live = context;
            return work();
        });
    }

    /// <summary>Shows where a search is.</summary>
    /// <param name="search">Counted from 0.</param>
    /// <param name="progress">Of the search.</param>
    /// <param name="before">Images looked at when this was called last.</param>
    public void Show(int search, InversionProgress progress, long before)
    {
        string line = Line(search, progress, _time.Elapsed.TotalSeconds);
        if (_live is null)
        {
            if (progress.Evaluations * Lines / progress.Budget > before * Lines / progress.Budget)
                console.Profile.Out.Writer.WriteLine(line);
        }
        else if (_time.Elapsed - _shown > TimeSpan.FromMilliseconds(100) || progress.Evaluations == progress.Budget)
        {
            _shown = _time.Elapsed;
            _live.UpdateTarget(new Text(Say.Cut(line, console.Profile.Width - 1))); // a full last column wraps in some terminals
        }
    }

    private string Line(int search, InversionProgress progress, double seconds)
    {
        double done = search + (double)progress.Evaluations / progress.Budget;
        string image = searches > 1 ? $"image {search + 1}/{searches}  " : "", rate = progress.LearningRate is { } value ? $"  rate {value:0.0000}" : "";
        return $"{image}step {progress.Evaluations / perStep}/{progress.Budget / perStep}  loss {progress.Loss:0.0000}  {Decibels(progress.Psnr)}{rate}  "
            + $"{Say.Time(seconds * (searches - done) / done)} left";
    }
}
