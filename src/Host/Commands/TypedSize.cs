using System.Globalization;
using System.Numerics;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The size of images as typed: <c>64</c>, or width and height as in <c>64x96</c>.</summary>
internal static class TypedSize
{
    private const int Least = ImagePyramid.SmallestResolution;
    private const int LongestSide = 4096;

    /// <summary>The base and the resolution of a width and a height; null of what is no such pair.</summary>
    /// <exception cref="UserException">No network grows to it.</exception>
    public static (BaseSize Base, int Resolution)? TryParse(string option, string text)
    {
        if (!BaseSize.TryParseSides(text, out int width, out int height))
            return null;
        try
        {
            return BaseSize.Split(width, height);
        }
        catch (ArgumentException e)
        {
            throw new UserException($"{option}: {e.Message}.", ExitCodes.Usage, e);
        }
    }

    /// <summary>Fails for a number that is no square's resolution.</summary>
    /// <exception cref="UserException">It is none; the message names sizes near by.</exception>
    public static void Check(string option, int resolution)
    {
        if (resolution is >= Least and <= Datasets.LargestResolution && BitOperations.IsPow2(resolution))
            return;
        int below = Presets.PowerBelow(Math.Clamp(resolution, Least, Datasets.LargestResolution));
        List<string> near = [$"{below}"];
        if (resolution > below && below < Datasets.LargestResolution)
            near.Add($"{below * 2}");
        if (resolution is >= Least and <= LongestSide && IsSquareOfItsOwn(resolution))
            near.Add($"{resolution}x{resolution}");
        throw new UserException(
            $"{option} {resolution}: it must be a power of two from {Least} to {Datasets.LargestResolution}, or width x height; "
            + $"{string.Join(", ", near.SkipLast(1))}{(near.Count > 1 ? " or " : "")}{near[^1]} would do.");
    }

    /// <summary>Whether a square that is no power of two has a base.</summary>
    private static bool IsSquareOfItsOwn(int side)
    {
        try
        {
            BaseSize.Split(side, side);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The same as <see cref="TryParse"/>, where a number is a square.</summary>
    /// <exception cref="UserException">It is neither.</exception>
    public static (BaseSize Base, int Resolution) Parse(string option, string text) =>
        TryParse(option, text)
        ?? (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int resolution)
            ? (BaseSize.Square, resolution)
            : throw new UserException($"{option} {text} is no size; write a power of two, or width x height, as in 64x96."));
}
