using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>The phases of a schedule as a band of text, with a mark where a training stands, and the resolutions below.</summary>
internal static class PhaseBand
{
    private const string FadeIn = "fade_in";

    /// <summary>What is drawn: past and coming stabilise phases, past and coming fade-ins, and the mark.</summary>
    private const string Unicode = "━─▞░●";
    private const string Ascii = "=-/.O";

    /// <summary>The band and its labels; nothing where no phases are known.</summary>
    /// <param name="phases">As in a status.</param>
    /// <param name="kimg">Where the training stands in the schedule; null = no mark.</param>
    /// <param name="width">Characters.</param>
    /// <param name="unicode">The console can show more than ASCII.</param>
    public static IReadOnlyList<string> Lines(IReadOnlyList<JsonObject> phases, double? kimg, int width, bool unicode)
    {
        double end = phases.Select(p => p.Number("end_kimg") ?? 0).DefaultIfEmpty(0).Max();
        if (!(end > 0) || width < phases.Count)
            return [];
        string glyphs = unicode ? Unicode : Ascii;
        int mark = kimg is { } at ? CellOf(at) : -1;
        char[] band = new char[width], labels = new char[width];
        Array.Fill(labels, ' ');
        int free = 0;
        double? labelled = null;
        foreach (JsonObject phase in phases)
        {
            (double start, double last) = (phase.Number("start_kimg") ?? 0, phase.Number("end_kimg") ?? 0);
            int first = CellOf(start), fading = phase.Text("kind") == FadeIn ? 2 : 0;
            for (int i = first; i < width && (i == first || i <= CellOf(last)); i++)
                band[i] = i == mark ? glyphs[4] : glyphs[i < mark ? fading : fading + 1];
            string label = $"{phase.Number("resolution"):0}";
            if (phase.Number("resolution") != labelled && first >= free && first + label.Length <= width)
            {
                label.CopyTo(labels.AsSpan(first));
                (free, labelled) = (first + label.Length + 1, phase.Number("resolution"));
            }
        }
        return [new string(band), new string(labels).TrimEnd()];

        int CellOf(double place) => Math.Clamp((int)(place / end * width), 0, width - 1);
    }
}
