using System.Globalization;

namespace Pggan.Host;

/// <summary>Columns and rows as typed: <c>8x4</c>.</summary>
internal static class GridSize
{
    private const int Most = 1000;

    /// <summary>Both numbers, each at least 1.</summary>
    /// <exception cref="UserException">It is no grid.</exception>
    public static (int Columns, int Rows) Parse(string option, string text)
    {
        string[] parts = text.Split('x');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            && width is >= 1 and <= Most && height is >= 1 and <= Most
            ? (width, height)
            : throw new UserException($"{option} {text} is no grid; write columns x rows, as in 8x4.");
    }
}
