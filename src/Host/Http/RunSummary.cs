using System.Text.Json.Nodes;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Run of the HTTP interface.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Live">This process trains it.</param>
/// <param name="State">As in Status.</param>
/// <param name="Kimg">Thousands of images seen at its last tick; null = before the first.</param>
/// <param name="Resolution">Pixels at its last tick.</param>
/// <param name="Base">Its images at resolution 4, as in 4x6.</param>
/// <param name="Started">Unix time in seconds of its first event, or of its options.</param>
/// <param name="Data">What it trains on.</param>
/// <param name="Ticks">Number of its last tick.</param>
internal sealed record RunSummary(string Name, bool Live, string State, double? Kimg, double? Resolution, string Base, double? Started, string? Data, double Ticks)
{
    /// <summary>From its files.</summary>
    public static RunSummary Of(string run, bool isLive)
    {
        JsonObject? options = LogLine.Parse(RunFile.Read(run, RunDirectory.OptionsFile));
        JsonObject? tick = RunFile.NewestFirst(run, RunFile.Stats).FirstOrDefault(line => line.Number("tick") is not null);
        return new RunSummary(
            Path.GetFileName(run), isLive, RunEnd.Of(run, isLive).State, tick.Number("kimg"), tick.Number("resolution"),
            options.Text("base") ?? BaseSize.Square.ToString(), StartOf(run), KnownOptions.DataOf(options), tick.Number("tick") ?? 0);
    }

    private static double? StartOf(string run)
    {
        JsonObject? first = RunFile.Lines(run, RunFile.Events).Select(line => LogLine.Parse(line.Line.Span)).FirstOrDefault();
        return first.Number("time")
            ?? (RunFile.Find(run, RunDirectory.OptionsFile) is { } file ? (file.LastWriteTimeUtc - DateTime.UnixEpoch).TotalSeconds : null);
    }
}
