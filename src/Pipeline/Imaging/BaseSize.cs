using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>
/// The size of a run's smallest level, which gives all others their proportions: a resolution R stands for images of Width·R/4 × Height·R/4
/// pixels, so 4x6 grows from 4×6 to 64×96 at R = 64.
/// </summary>
/// <param name="Width">4 to 32, in pixels.</param>
/// <param name="Height">4 to 32, in pixels.</param>
/// <exception cref="ArgumentException">Another side.</exception>
public sealed record BaseSize(int Width, int Height)
{
    private const int Shortest = ImagePyramid.SmallestResolution;
    private const int Longest = 32;
    private const int Finest = 1024;

    /// <summary>4×4: a resolution is the side of a square.</summary>
    public static BaseSize Square { get; } = new(Shortest, Shortest);

    /// <summary>In pixels, at resolution 4.</summary>
    public int Width { get; } = Checked(Width, Height, Width);

    /// <summary>In pixels, at resolution 4.</summary>
    public int Height { get; } = Checked(Width, Height, Height);

    /// <summary>Whether it is 4×4.</summary>
    public bool IsDefault => this == Square;

    /// <summary>The base and the resolution of images: both sides are halved while that leaves whole sides of at least 4, and up to resolution 1024.</summary>
    /// <param name="width">In pixels, such as 64.</param>
    /// <param name="height">In pixels, such as 96.</param>
    /// <returns>Such as 4×6 and 64.</returns>
    /// <exception cref="ArgumentException">What is left is no base; the message names a size near by that has one.</exception>
    public static (BaseSize Base, int Resolution) Split(int width, int height)
    {
        var (across, down, resolution) = (width, height, Shortest);
        while (across % 2 == 0 && down % 2 == 0 && Math.Min(across, down) / 2 >= Shortest && resolution < Finest)
            (across, down, resolution) = (across / 2, down / 2, resolution * 2);
        if (!IsBase(across, down))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{width}x{height} is no size that a network grows to: halved as often as it can be it is {across}x{down}, and each side of that must be {Shortest} to {Longest}; {Near(width, height)} would do"));
        }

        return (new BaseSize(across, down), resolution);
    }

    /// <summary>Reads "4x6".</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static BaseSize Parse(string text) => TryParse(text, out var size)
        ? size
        : throw new ArgumentException($"'{DisplayName.Of(text)}' is no base; it is WIDTHxHEIGHT, each {Shortest} to {Longest}, such as 4x6");

    /// <summary>Reads "4x6"; false where it is no base.</summary>
    public static bool TryParse(string? text, out BaseSize size)
    {
        size = Square;
        if (!TryParseSides(text, out var width, out var height) || !IsBase(width, height))
            return false;
        size = new BaseSize(width, height);
        return true;
    }

    /// <summary>Reads any two numbers of pixels, such as "64x96".</summary>
    public static bool TryParseSides(string? text, out int width, out int height)
    {
        (width, height) = (0, 0);
        return text?.Split('x', 'X') is [var across, var down]
            && int.TryParse(across, NumberStyles.None, CultureInfo.InvariantCulture, out width)
            && int.TryParse(down, NumberStyles.None, CultureInfo.InvariantCulture, out height);
    }

    /// <summary>The width of images of a resolution, in pixels.</summary>
    public int WidthAt(int resolution) => checked(Width * (resolution / Shortest));

    /// <summary>The height of images of a resolution, in pixels.</summary>
    public int HeightAt(int resolution) => checked(Height * (resolution / Shortest));

    /// <summary>Pixels of an image of a resolution.</summary>
    public int PixelsAt(int resolution) => checked(WidthAt(resolution) * HeightAt(resolution));

    /// <summary>The resolution of images of a size, or null: then their sides are not those of the base times the same power of two.</summary>
    public int? ResolutionOf(int width, int height)
    {
        var scale = width / Width;
        return scale > 0 && (scale & (scale - 1)) == 0 && width == (long)Width * scale && height == (long)Height * scale ? scale * Shortest : null;
    }

    /// <summary>The size of images of a resolution, such as "64x96".</summary>
    public string At(int resolution) => string.Create(CultureInfo.InvariantCulture, $"{WidthAt(resolution)}x{HeightAt(resolution)}");

    /// <summary>Such as "4x6".</summary>
    public override string ToString() => At(Shortest);

    /// <summary>Whether there is a base of these sides.</summary>
    internal static bool IsBase(long width, long height) => IsSide(width) && IsSide(height);

    private static bool IsSide(long side) => side is >= Shortest and <= Longest;

    private static int Checked(int width, int height, int side) => IsSide(side)
        ? side
        : throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"a base of {width}x{height}: each side must be {Shortest} to {Longest}"));

    /// <summary>The size with a base that differs least in its sides, relative to them.</summary>
    private static string Near(int width, int height)
    {
        var (near, least) = (Square, double.MaxValue);
        var resolution = Shortest;
        for (var scale = 1; scale <= Finest / Shortest; scale *= 2)
        {
            var candidate = new BaseSize(Side(width, scale), Side(height, scale));
            var (across, down) = (Difference(candidate.Width * scale, width), Difference(candidate.Height * scale, height));
            if (across + down < least)
                (near, resolution, least) = (candidate, scale * Shortest, across + down);
        }

        return near.At(resolution);

        static int Side(int side, int scale) => Math.Clamp((int)Math.Round((double)side / scale), Shortest, Longest);

        static double Difference(int to, int from) => Math.Abs((double)to - from) / Math.Max(1, from);
    }
}
