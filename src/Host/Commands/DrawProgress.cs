using System.Diagnostics;

namespace Pggan.Host;

/// <summary>How far a drawing of many pictures is: one line that changes in a terminal, a line now and then elsewhere.</summary>
/// <param name="count">Pictures in all.</param>
/// <param name="error">Where to.</param>
/// <param name="what">What they are.</param>
internal sealed class DrawProgress(int count, TextWriter error, string what = "images")
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly bool _isLive = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private TimeSpan _next;
    private int _done;
    private int _width;

    private TimeSpan Interval => TimeSpan.FromSeconds(_isLive ? 0.5 : 10);

    private double Rate => _done / Math.Max(_time.Elapsed.TotalSeconds, 1e-3);

    /// <summary>Another picture is done.</summary>
    public void Step()
    {
        _done++;
        if (_next == TimeSpan.Zero)
            _next = Interval;
        if (_time.Elapsed < _next)
            return;
        _next = _time.Elapsed + Interval;
        string line = $"{_done} of {count} {what}, {Say.Number(Rate)} a second, {Say.Time((count - _done) / Rate)} left";
        error.Write(_isLive ? $"\r{line.PadRight(_width)}" : $"{line}\n");
        _width = line.Length;
    }

    /// <summary>Ends the line that changes.</summary>
    /// <returns>What to say of the whole.</returns>
    public string End(string target)
    {
        if (_isLive && _width > 0)
            error.Write($"\r{new string(' ', _width)}\r");
        double seconds = _time.Elapsed.TotalSeconds;
        return $"{target}: {_done} {what} in {(seconds < 60 ? $"{seconds:0.0}s" : Say.Time(seconds))}, {Say.Number(Rate)} a second";
    }
}
