using Pggan.Actors;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Ticks as a table of text that is never wider than the terminal: a narrow one shows fewer columns.</summary>
internal static class TickTable
{
    private const string Gap = "  ";

    private static readonly string[] Columns =
        ["tick", "kimg", "size", "alpha", "batch", "D", "G", "real", "fake", "gp", "img/s", "loader", "memory", "phase", "total"];

    /// <summary>What a narrow terminal does without, the least missed first.</summary>
    private static readonly string[] Dispensable = ["batch", "fake", "real", "memory", "gp", "loader", "phase", "alpha", "img/s", "G", "D", "total", "tick", "size"];

    /// <summary>A tick as a row.</summary>
    public static string[] Row(TickSummary tick, BaseSize size, double? secondsLeftInPhase, double secondsLeft) =>
    [
        $"{tick.Tick}", $"{tick.Kimg:0.0}", size.At(tick.Resolution), $"{tick.Alpha:0.00}", $"{tick.Minibatch}", Say.Number(tick.LossD),
        Say.Number(tick.LossG), Say.Number(tick.ScoreReal), Say.Number(tick.ScoreFake), Say.Number(tick.GradientPenalty),
        $"{tick.ImagesPerSecond:0}", $"{tick.LoaderWait * 100:0.0}%", Say.Memory(tick.MemoryBytes), Say.Time(secondsLeftInPhase ?? double.NaN), Say.Time(secondsLeft),
    ];

    /// <summary>The header and a line for each row.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyCollection<string[]> rows, int width)
    {
        List<int> shown = [.. Enumerable.Range(0, Columns.Length)];
        int[] widths = [.. shown.Select(c => rows.Select(r => r[c].Length).Append(Columns[c].Length).Max())];
        foreach (string name in Dispensable)
        {
            if (shown.Sum(c => widths[c] + Gap.Length) - Gap.Length <= width)
                break;
            shown.Remove(Array.IndexOf(Columns, name));
        }
        return [.. rows.Prepend(Columns).Select(row => string.Join(Gap, shown.Select(c => row[c].PadLeft(widths[c]))))];
    }
}
