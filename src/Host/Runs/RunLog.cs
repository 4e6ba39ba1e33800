using System.Globalization;

namespace Pggan.Host;

/// <summary>log.txt of a run, and where Akka's own warnings go. Thread-safe.</summary>
internal sealed class RunLog : ILoggerProvider, ILogger
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;
    private bool _closed;

    /// <summary>Opens the log of a run, which may have one already.</summary>
    public RunLog(string run)
    {
        try
        {
            // Others may read it while it grows.
            FileStream file = new(Path.Combine(run, RunDirectory.LogFile), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            _writer = new StreamWriter(file) { AutoFlush = true, NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The log of the run can't be opened: {e.Message}", ExitCodes.Usage, e);
        }
    }

    /// <summary>Adds lines. A full disk does not end a training.</summary>
    public void WriteLine(string text)
    {
        lock (_gate)
        {
            if (_closed)
                return;
            try
            {
                _writer.WriteLine(text);
            }
            catch (IOException)
            {
                // The terminal has it, and stats.jsonl reports its own failure.
            }
        }
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
            WriteLine($"{DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture)} {logLevel} {formatter(state, exception)}{(exception is null ? "" : "\n" + exception)}");
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            try
            {
                _writer.Dispose();
            }
            catch (IOException)
            {
                // As in WriteLine.
            }
        }
    }
}
