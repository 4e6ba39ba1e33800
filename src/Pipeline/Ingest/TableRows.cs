using System.Text;

namespace Pggan.Pipeline;

/// <summary>The rows of a table of text: apart by commas, semicolons or tabs, with quotes, or else by blanks.</summary>
internal static class TableRows
{
    private const int MostLetters = 16 << 20;

    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>Each row that is not blank, with its line from 1. A first line that holds a number alone counts the rows, as in CelebA, and is passed by.</summary>
    /// <exception cref="InvalidDataException">A quote is not closed, or a line is too long.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Of(TextReader reader)
    {
        char? separator = null;
        var isFirst = true;
        for (var line = 1; ReadLine(reader, line) is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            var isCount = isFirst && text.Trim().All(char.IsAsciiDigit);
            isFirst = false;
            if (isCount)
                continue;
            separator ??= Separators.FirstOrDefault(text.Contains, ' ');
            yield return (line, separator == ' ' ? text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : Split(text, separator.Value, line));
        }
    }

    private static string[] Split(string text, char separator, int line)
    {
        if (!text.Contains('"', StringComparison.Ordinal))
            return text.Split(separator, StringSplitOptions.TrimEntries);
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            // Within quotes, two of them stand for one.
            if (text[i] == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[++i]);
            else if (text[i] == '"')
                isQuoted = !isQuoted;
            else if (text[i] == separator && !isQuoted)
                Close();
            else
                cell.Append(text[i]);
        }

        if (isQuoted)
            throw new InvalidDataException($"line {line}: a quote is not closed");
        Close();
        return [.. cells];

        void Close()
        {
            cells.Add(cell.ToString().Trim());
            cell.Clear();
        }
    }

    private static string? ReadLine(TextReader reader, int line)
    {
        var text = reader.ReadLine();
        return text?.Length > MostLetters ? throw new InvalidDataException($"line {line} has more than {MostLetters} letters") : text;
    }
}
