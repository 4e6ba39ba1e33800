using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Samples of the HTTP interface.</summary>
/// <param name="Grid">The snapshots' grid; null = the options can't be understood.</param>
/// <param name="Snapshots">The fixed latents, oldest first.</param>
/// <param name="Drawn">Pictures by command, oldest first.</param>
/// <param name="Reals">The picture of reals; null = not drawn yet.</param>
/// <param name="Base">Width and height of the images at resolution 4, as in 4x6.</param>
internal sealed record RunSamples(
    RunSamples.FixedGrid? Grid, IReadOnlyList<RunSamples.Picture> Snapshots, IReadOnlyList<RunSamples.Picture> Drawn, RunSamples.Layout? Reals, string Base)
{
    /// <summary>The grid of the snapshots.</summary>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Rows">Of images.</param>
    /// <param name="Cell">Width of an image in the picture, in pixels.</param>
    /// <param name="CellHeight">Its height.</param>
    /// <param name="Seed">Of the latents.</param>
    public sealed record FixedGrid(int Columns, int Rows, int Cell, int CellHeight, long Seed);

    /// <summary>Where the images of a picture are.</summary>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Count">Images.</param>
    /// <param name="Cell">Width of an image in the picture, in pixels.</param>
    /// <param name="CellHeight">Its height.</param>
    public sealed record Layout(int Columns, int Count, int Cell, int CellHeight);

    /// <summary>A picture of fakes.</summary>
    /// <param name="Name">Of the file, without its ending.</param>
    /// <param name="Images">Images seen.</param>
    /// <param name="Kimg">The same in thousands.</param>
    /// <param name="Resolution">Trained at, in pixels.</param>
    /// <param name="Alpha">Weight of the newest block; null = the picture does not say.</param>
    /// <param name="Seed">Of the latents; null = the picture does not say.</param>
    /// <param name="Class">Components that are 1 in the label that all images have; null = the picture does not say, or there is no such label.</param>
    /// <param name="Columns">Images a row.</param>
    /// <param name="Count">Images.</param>
    /// <param name="Cell">Width of an image in the picture, in pixels.</param>
    /// <param name="CellHeight">Its height.</param>
    public sealed record Picture(
        string Name, long Images, double Kimg, int Resolution, double? Alpha, long? Seed, IReadOnlyList<int>? Class, int Columns, int Count, int Cell, int CellHeight);

    /// <summary>All pictures of a run that can be read.</summary>
    public static RunSamples Of(string run, PngHeads heads)
    {
        RunOptions? options = KnownOptions.Of(run).Options;
        ILookup<bool, Picture> pictures = SampleName.Of(run)
            .Select(name => (Name: name, Picture: heads.Of(run, name.Text + ".png") is { } head ? Describe(name, head, options) : null))
            .Where(p => p.Picture is not null).OrderBy(p => p.Picture!.Images).ThenBy(p => p.Name.Text, StringComparer.Ordinal)
            .ToLookup(p => p.Name.IsSnapshot, p => p.Picture!);
        return new RunSamples(
            options is null ? null : new FixedGrid(
                options.SampleColumns, options.SampleRows, options.Base.WidthAt(Within(options.Resolution)), options.Base.HeightAt(Within(options.Resolution)), options.SampleSeed),
            [.. pictures[true]],
            [.. pictures[false]],
            heads.Of(run, SampleName.Reals + ".png") is { } reals ? LayoutOf(reals, options) : null,
            (options?.Base ?? BaseSize.Square).ToString());
    }

    private static Picture Describe(SampleName name, PngHead head, RunOptions? options)
    {
        double kimg = Number(head, "kimg") ?? name.Images / 1000.0;
        int resolution = (int)(Number(head, "resolution") ?? options?.Resolution ?? head.Width);
        long? seed = long.TryParse(head.Text.GetValueOrDefault("seed"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
        Layout layout = LayoutOf(head, options);
        return new Picture(
            name.Text, (long)Math.Round(kimg * 1000), kimg, resolution, Number(head, "alpha"), seed, LabelOf(head.Text.GetValueOrDefault("class")),
            layout.Columns, layout.Count, layout.Cell, layout.CellHeight);
    }

    private static int[]? LabelOf(string? text)
    {
        if (text is null or GeneratorSnapshot.NoFlag)
            return text is null ? null : [];
        int[] components = [.. text.Split('+').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int component) ? component : -1)];
        return components.Contains(-1) ? null : components;
    }

    /// <summary>An image fills a cell of the final resolution; the last row may not be full, which only the text tells.</summary>
    private static Layout LayoutOf(PngHead head, RunOptions? options)
    {
        BaseSize size = options?.Base ?? BaseSize.Square;
        int resolution = Within(options?.Resolution ?? (int)(Number(head, "resolution") ?? head.Width));
        int cell = Math.Clamp(size.WidthAt(resolution), 1, head.Width), cellHeight = Math.Clamp(size.HeightAt(resolution), 1, head.Height);
        int columns = head.Width / cell;
        long most = columns * Math.Max(head.Height / (long)cellHeight, 1);
        return new Layout(columns, (int)Math.Clamp(Number(head, "count") ?? most, 1, most), cell, cellHeight);
    }

    /// <summary>Files may say anything.</summary>
    private static int Within(int resolution) => Math.Clamp(resolution, 4, 4096);

    private static double? Number(PngHead head, string keyword) =>
        double.TryParse(head.Text.GetValueOrDefault(keyword), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and < int.MaxValue
            ? number : null;
}
