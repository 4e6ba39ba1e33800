using System.Globalization;

namespace Pggan.Host;

/// <summary>Colours as typed: <c>#RRGGBB</c>, the hash left out or not.</summary>
internal static class Colour
{
    /// <summary>What stands behind transparent pixels unless told.</summary>
    public const string White = "#FFFFFF";

    /// <summary>0xRRGGBB.</summary>
    /// <exception cref="UserException">It is no colour.</exception>
    public static int Parse(string text)
    {
        string digits = text.StartsWith('#') ? text[1..] : text; // shells take # for a comment
        return digits.Length == 6 && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int colour)
            ? colour
            : throw new UserException($"background '{text}' is no colour; write it as {White}.");
    }
}
