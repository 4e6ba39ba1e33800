using System.Globalization;

namespace Pggan.Host;

/// <summary>
/// What the sampler calls a picture of fakes: fakes000012, samples000012-seed5-class2, samples000012-seeds7_8, and with the images at the end where another picture of that
/// kimg has the name. No such name leads out of a folder.
/// </summary>
/// <param name="Text">The name, without the file's ending.</param>
/// <param name="IsSnapshot">It shows the run's fixed latents.</param>
/// <param name="Kimg">Thousands of images seen, rounded down.</param>
/// <param name="Images">Images seen, as far as the name tells.</param>
internal sealed record SampleName(string Text, bool IsSnapshot, int Kimg, long Images)
{
    /// <summary>Name of the picture of reals.</summary>
    public const string Reals = "reals";

    private const int Longest = 250;
    private const int FewestDigits = 6;

    /// <summary>The name in parts, or null where it is none of the sampler's.</summary>
    public static SampleName? Parse(string name)
    {
        bool isSnapshot = name.StartsWith("fakes", StringComparison.Ordinal);
        if (name.Length > Longest || (!isSnapshot && !name.StartsWith("samples", StringComparison.Ordinal)))
            return null;
        string[] parts = name[(isSnapshot ? 5 : 7)..].Split('-');
        if (parts[0].Length < FewestDigits || Whole(parts[0]) is not (<= int.MaxValue and var kimg) || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            return null;
        long? images = parts.Length > 1 && Whole(parts[^1]) is { } whole && whole / 1000 == kimg ? whole : null;
        return isSnapshot && parts.Length > (images is null ? 1 : 2) ? null : new SampleName(name, isSnapshot, (int)kimg, images ?? kimg * 1000);
    }

    /// <summary>All pictures of fakes of a run.</summary>
    public static IReadOnlyList<SampleName> Of(string run)
    {
        try
        {
            return [.. Directory.EnumerateFiles(run, "*.png").Select(path => Parse(Path.GetFileNameWithoutExtension(path))).OfType<SampleName>()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The name that a request means: one of the sampler's, or kimg for the newest snapshot of that kimg; null = neither.</summary>
    public static string? Find(string run, string wanted)
    {
        if (wanted == Reals || Parse(wanted) is not null)
            return wanted;
        return Whole(wanted) is { } kimg ? Of(run).Where(name => name.IsSnapshot && name.Kimg == kimg).MaxBy(name => name.Images)?.Text : null;
    }

    private static long? Whole(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
