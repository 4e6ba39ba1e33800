using System.Diagnostics;

namespace Pggan.Host;

/// <summary>How far a work of many pictures is: a bar and one line that changes in a terminal, a line now and then elsewhere.</summary>
/// <param name="count">Pictures in all.</param>
/// <param name="error">Where to.</param>
/// <param name="what">What they are.</param>
internal sealed class DrawProgress(int count, TextWriter error, string what = "images")
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly bool _isLive = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;
    private TimeSpan _next;
    private int _before;
    private int _done;
    private int _width;

    private TimeSpan Interval => TimeSpan.FromSeconds(_isLive ? 0.5 : 10);

    private double Rate => (_done - _before) / Math.Max(_time.Elapsed.TotalSeconds, 1e-3);

    /// <summary>So many were done before, which say nothing of the speed.</summary>
    public void StartAt(int done) => _done = _before = done;

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
        if (_isLive)
            line = $"{Bar()} {line}";
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
        return $"{target}: {_done - _before} {what} in {(seconds < 60 ? $"{seconds:0.0}s" : Say.Time(seconds))}, {Say.Number(Rate)} a second";
    }

    private string Bar()
    {
        const int Width = 20;
        int full = (int)(Width * (long)Math.Min(_done, count) / Math.Max(count, 1));
        return new string('━', full) + new string('─', Width - full);
    }
}
