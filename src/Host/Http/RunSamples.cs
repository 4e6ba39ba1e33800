using System.Globalization;

namespace Pggan.Host;

/// <summary>Samples of the HTTP interface.</summary>
/// <param name="Grid">The snapshots' grid; null = the options can't be understood.</param>
/// <param name="Snapshots">The fixed latents, oldest first.</param>
/// <param name="Drawn">Pictures by command, oldest first.</param>
/// <param name="Reals">The picture of reals; null = not drawn yet.</param>
internal sealed record RunSamples(
    RunSamples.FixedGrid? Grid, IReadOnlyList<RunSamples.Picture> Snapshots, IReadOnlyList<RunSamples.Picture> Drawn, RunSamples.Layout? Reals)
{
    /// <summary>The grid of the snapshots.</summary>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Rows">Of images.</param>
    /// <param name="Cell">Side of an image in the picture, in pixels.</param>
    /// <param name="Seed">Of the latents.</param>
    public sealed record FixedGrid(int Columns, int Rows, int Cell, long Seed);

    /// <summary>Where the images of a picture are.</summary>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Count">Images.</param>
    /// <param name="Cell">Side of an image in the picture, in pixels.</param>
    public sealed record Layout(int Columns, int Count, int Cell);

    /// <summary>A picture of fakes.</summary>
    /// <param name="Name">Of the file, without its ending.</param>
    /// <param name="Images">Images seen.</param>
    /// <param name="Kimg">The same in thousands.</param>
    /// <param name="Resolution">Trained at, in pixels.</param>
    /// <param name="Alpha">Weight of the newest block; null = the picture does not say.</param>
    /// <param name="Seed">Of the latents; null = the picture does not say.</param>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Count">Images.</param>
    /// <param name="Cell">Side of an image in the picture, in pixels.</param>
    public sealed record Picture(string Name, long Images, double Kimg, int Resolution, double? Alpha, long? Seed, int Columns, int Count, int Cell);

    /// <summary>All pictures of a run that can be read.</summary>
    public static RunSamples Of(string run, PngHeads heads)
    {
        RunOptions? options = KnownOptions.Of(run).Options;
        ILookup<bool, Picture> pictures = SampleName.Of(run)
            .Select(name => (Name: name, Picture: heads.Of(run, name.Text + ".png") is { } head ? Describe(name, head, options?.Resolution) : null))
            .Where(p => p.Picture is not null).OrderBy(p => p.Picture!.Images).ThenBy(p => p.Name.Text, StringComparer.Ordinal)
            .ToLookup(p => p.Name.IsSnapshot, p => p.Picture!);
        return new RunSamples(
            options is null ? null : new FixedGrid(options.SampleColumns, options.SampleRows, options.Resolution, options.SampleSeed),
            [.. pictures[true]],
            [.. pictures[false]],
            heads.Of(run, SampleName.Reals + ".png") is { } reals ? LayoutOf(reals, options?.Resolution) : null);
    }

    private static Picture Describe(SampleName name, PngHead head, int? finalResolution)
    {
        double kimg = Number(head, "kimg") ?? name.Images / 1000.0;
        int resolution = (int)(Number(head, "resolution") ?? finalResolution ?? head.Width);
        long? seed = long.TryParse(head.Text.GetValueOrDefault("seed"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
        Layout layout = LayoutOf(head, finalResolution);
        return new Picture(
            name.Text, (long)Math.Round(kimg * 1000), kimg, resolution, Number(head, "alpha"), seed, layout.Columns, layout.Count, layout.Cell);
    }

    /// <summary>An image fills a cell of the final resolution; the last row may not be full, which only the text tells.</summary>
    private static Layout LayoutOf(PngHead head, int? finalResolution)
    {
        int cell = Math.Clamp(finalResolution ?? (int)(Number(head, "resolution") ?? head.Width), 1, head.Width);
        int columns = head.Width / cell;
        long most = columns * Math.Max(head.Height / (long)cell, 1);
        return new Layout(columns, (int)Math.Clamp(Number(head, "count") ?? most, 1, most), cell);
    }

    private static double? Number(PngHead head, string keyword) =>
        double.TryParse(head.Text.GetValueOrDefault(keyword), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and < int.MaxValue
            ? number : null;
}
