namespace Pggan.Pipeline.Tests;

/// <summary>The tiny datasets of tests/fixtures/make-datasets.py, and what their pixels must be.</summary>
internal static class Fixtures
{
    public static string Path(string name) => System.IO.Path.Combine(Repository.Root, "tests", "fixtures", "datasets", name);

    /// <summary>Planar pixels of the picture of a number: (37 i + 80 c + 3 y + 5 x) mod 256.</summary>
    public static byte[] Pixels(int number, int side)
    {
        var pixels = new byte[3 * side * side];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(37 * number + 80 * (i / (side * side)) + 3 * (i / side % side) + 5 * (i % side));
        return pixels;
    }

    public static async Task AssertPixelsAsync(IImageSource source, int index, int number, int side)
    {
        using var image = await source.ReadAsync(index, TestContext.Current.CancellationToken);
        Assert.Equal((side, side, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(Pixels(number, side), image.Pixels.ToArray());
    }

    public static int[] Classes(IImageSource source) => [.. Enumerable.Range(0, source.Count).Select(i => Array.IndexOf(Labels.Of(source, i), 1f))];

    /// <summary>A copy of a fixture, to be damaged.</summary>
    public static string Copy(string name, TempFolder to)
    {
        var path = Path(name);
        foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories) : [path])
            to.Write(System.IO.Path.GetRelativePath(Path(""), file), File.ReadAllBytes(file));
        return System.IO.Path.Combine(to.Root, name);
    }
}
