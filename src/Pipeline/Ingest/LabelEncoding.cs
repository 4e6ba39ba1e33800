using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>
/// From the columns of a table to labels. A column of words or whole numbers is a class, or a one-hot of its values; one with fractions is taken as
/// it is. Values are in order, numbers by size, so that a label means the same wherever it is made. An empty cell is no value: its row has no label.
/// </summary>
internal static class LabelEncoding
{
    private const int MostElements = 65536;

    private enum Kind
    {
        Words,
        Whole,
        Fractions,
    }

    /// <summary>The labels of the images whose rows are given; -1 is an image without.</summary>
    /// <param name="table">At least one column.</param>
    /// <param name="attributes">Names of columns; none: all of them.</param>
    /// <param name="rows">Of each image.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="DatasetUnusableException">The columns make no labels.</exception>
    public static IngestLabels Encode(NamedTable table, IReadOnlyList<string> attributes, int[] rows)
    {
        int[] columns = [.. attributes.Count == 0 ? Enumerable.Range(0, table.Columns.Count) : attributes.Select(name => ColumnOf(table, name))];
        Kind[] kinds = [.. columns.Select(column => KindOf(table, column))];
        rows = Array.ConvertAll(rows, row => row >= 0 && Array.TrueForAll(columns, column => IsValue(table.Values(column)[table.Code(row, column)])) ? row : -1);
        if (columns.Length == 1 && kinds[0] != Kind.Fractions)
            return Classes(table, columns[0], kinds[0], isPicked: attributes.Count > 0, rows);
        if (attributes.Count > 0)
            return Vectors(table, [.. columns.Zip(kinds, (column, kind) => kind == Kind.Fractions ? Plain(table, column) : OneHot(table, column, kind))], rows);
        if (Array.IndexOf(kinds, Kind.Words) is >= 0 and var worded)
        {
            throw new DatasetUnusableException(
                $"{table.Description}: column '{DisplayName.Of(table.Columns[columns[worded]])}' holds words; name the columns that are labels with --attributes");
        }

        return Vectors(table, [.. columns.Select(column => Plain(table, column))], rows);
    }

    private static int ColumnOf(NamedTable table, string name)
    {
        for (var column = 0; column < table.Columns.Count; column++)
        {
            if (table.Columns[column] == name)
                return column;
        }

        var known = string.Join(", ", table.Columns.Take(10).Select(DisplayName.Of));
        throw new ArgumentException($"{table.Description} has no attribute '{name}'; it has {known}{(table.Columns.Count > 10 ? ", …" : "")}");
    }

    private static bool IsValue(string cell) => !string.IsNullOrWhiteSpace(cell);

    private static Kind KindOf(NamedTable table, int column)
    {
        var kind = Kind.Whole;
        if (!table.Values(column).Any(IsValue))
            throw new DatasetUnusableException($"{table.Description}: column '{DisplayName.Of(table.Columns[column])}' is empty; name the columns that are labels with --attributes");
        foreach (var value in table.Values(column).Where(IsValue))
        {
            if (!NamedTable.TryNumber(value, out var number))
                return Kind.Words;
            if (number != Math.Floor(number))
                kind = Kind.Fractions;
        }

        return kind;
    }

    private static IngestLabels Classes(NamedTable table, int column, Kind kind, bool isPicked, int[] rows)
    {
        // Numbers of classes mean themselves, even where some are missing.
        if (kind == Kind.Whole && !isPicked && table.Values(column).Where(IsValue).All(value => Number(value) is >= 0 and < MostElements))
        {
            var most = (int)table.Values(column).Max(Number) + 1;
            string[] names = table.ClassNames?.Count >= most
                ? [.. table.ClassNames]
                : [.. Enumerable.Range(0, most).Select(i => i.ToString(CultureInfo.InvariantCulture))];
            int[] numbers = [.. table.Values(column).Select(value => (int)Number(value))];
            return Labelled([.. rows.Select(row => row < 0 ? 0 : numbers[table.Code(row, column)])], names, rows);
        }

        var (order, sorted) = Sorted(table, column, kind);
        Require(table, sorted.Length);
        string[] shown = kind == Kind.Words ? sorted : [.. sorted.Select(value => $"{table.Columns[column]}={value}")];
        return Labelled([.. rows.Select(row => row < 0 ? 0 : order[table.Code(row, column)])], shown, rows);
    }

    /// <summary>A column as one element.</summary>
    private static Part Plain(NamedTable table, int column)
    {
        var values = table.Values(column);

        // Lists of attributes say -1 where there is none.
        var isSigned = values.Where(IsValue).All(value => Number(value) is -1 or 1);
        return new Part(column, [table.Columns[column]], (code, label) => label[0] = (float)(isSigned ? (Number(values[code]) + 1) / 2 : Number(values[code])));
    }

    private static Part OneHot(NamedTable table, int column, Kind kind)
    {
        var (order, sorted) = Sorted(table, column, kind);
        return new Part(column, [.. sorted.Select(value => $"{table.Columns[column]}={value}")], (code, label) => label[order[code]] = 1);
    }

    private static IngestLabels Vectors(NamedTable table, Part[] parts, int[] rows)
    {
        var size = parts.Sum(part => (long)part.Names.Length);
        Require(table, size);
        if (size * rows.Length > Array.MaxLength)
            throw new DatasetUnusableException($"{table.Description}: {rows.Length} labels of {size} elements are too many");
        var vectors = new float[size * rows.Length];
        for (var image = 0; image < rows.Length; image++)
        {
            var label = vectors.AsSpan(image * (int)size, (int)size);
            foreach (var part in parts)
            {
                if (rows[image] >= 0)
                    part.Write(table.Code(rows[image], part.Column), label);
                label = label[part.Names.Length..];
            }
        }

        if (Array.FindIndex(vectors, value => !float.IsFinite(value)) >= 0)
            throw new DatasetUnusableException($"{table.Description}: a label is larger than numbers can be");
        return new IngestLabels(SourceLabels.OfVectors(vectors, [.. parts.SelectMany(part => part.Names)]), rows);
    }

    /// <summary>The place of each value among the sorted ones, and these.</summary>
    private static (int[] Order, string[] Sorted) Sorted(NamedTable table, int column, Kind kind)
    {
        var values = table.Values(column);
        var filled = Enumerable.Range(0, values.Count).Where(code => IsValue(values[code]));
        int[] codes = kind == Kind.Whole
            ? [.. filled.OrderBy(code => Number(values[code])).ThenBy(code => values[code], StringComparer.Ordinal)]
            : [.. filled.OrderBy(code => values[code], StringComparer.Ordinal)];
        var order = new int[values.Count];
        for (var place = 0; place < codes.Length; place++)
            order[codes[place]] = place;
        return (order, [.. codes.Select(code => values[code])]);
    }

    private static IngestLabels Labelled(int[] classes, string[] names, int[] rows) => new(SourceLabels.OfClasses(classes, names), rows);

    private static void Require(NamedTable table, long elements)
    {
        if (elements > MostElements)
            throw new DatasetUnusableException($"{table.Description}: labels of {elements} elements are more than the limit of {MostElements}; is it the right column?");
    }

    private static double Number(string value) => NamedTable.TryNumber(value, out var number) ? number : 0;

    private delegate void LabelWriter(int code, Span<float> label);

    /// <summary>The elements that a column gives.</summary>
    private sealed record Part(int Column, string[] Names, LabelWriter Write);
}
