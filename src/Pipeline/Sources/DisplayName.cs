using System.Globalization;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>Names of files as they can be shown: they come with a dataset, and may hold what ends a line, steers a terminal or turns text around.</summary>
public static class DisplayName
{
    /// <summary>The name with such characters written as \n or \u202E; any other name unchanged.</summary>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.Any(IsHidden))
            return name;
        var shown = new StringBuilder(name.Length + 16);
        foreach (var letter in name)
        {
            _ = letter switch
            {
                '\n' => shown.Append("\\n"),
                '\0' => shown.Append("\\0"),
                _ when IsHidden(letter) => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
                _ => shown.Append(letter),
            };
        }

        return shown.ToString();
    }

    /// <summary>Control characters, those that steer the direction of text, and the separators of lines and paragraphs.</summary>
    private static bool IsHidden(char letter) =>
        char.IsControl(letter) || letter is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
