using System.Globalization;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The size of images as typed: <c>64</c>, or width and height as in <c>64x96</c>.</summary>
internal static class TypedSize
{
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

    /// <summary>The same, where a number is a square.</summary>
    /// <exception cref="UserException">It is neither.</exception>
    public static (BaseSize Base, int Resolution) Parse(string option, string text) =>
        TryParse(option, text)
        ?? (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int resolution)
            ? (BaseSize.Square, resolution)
            : throw new UserException($"{option} {text} is no size; write a power of two, or width x height, as in 64x96."));
}
