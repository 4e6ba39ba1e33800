using System.Globalization;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>A table whose rows are named after images: a CSV file, one with tabs, or columns apart by blanks as CelebA's lists have them.</summary>
/// <param name="description">For messages.</param>
/// <param name="columns">Names of the columns, without that of the names.</param>
internal sealed class NamedTable(string description, IReadOnlyList<string> columns)
{
    /// <summary>The most bytes of a file of labels or boxes.</summary>
    internal const int MaxFileBytes = 256 << 20;

    private const int MostColumns = 65536;
    private const int Ambiguous = -1;

    // A cell is the number of its value among those of its column: few values fill most tables.
    private readonly List<int[]> _rows = [];
    private readonly Dictionary<string, int>[] _codes = [.. columns.Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
    private readonly List<string>[] _values = [.. columns.Select(_ => new List<string>())];
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Row, bool HasFolder)> _byFile = new(StringComparer.Ordinal);

    public string Description => description;

    public IReadOnlyList<string> Columns => columns;

    /// <summary>Names of a column of class numbers, where the file has them.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    public int Rows => _rows.Count;

    /// <summary>The name of some image in the table, for messages.</summary>
    public string Example => _byName.Keys.FirstOrDefault() ?? "";

    /// <summary>Reads a file.</summary>
    /// <param name="path">Of text in UTF-8.</param>
    /// <param name="isImage">Whether there is an image of such a name; a first row that names none, and no image file, is that of the columns' names.</param>
    /// <exception cref="DatasetUnusableException">It is no such file; the message says where.</exception>
    public static NamedTable Read(string path, Predicate<string> isImage)
    {
        var description = DisplayName.Of(path);
        try
        {
            using var file = OrdinaryFile.Open(path);
            if (file.Length > MaxFileBytes)
                throw new InvalidDataException($"{file.Length} bytes are more than the limit of {MaxFileBytes}");
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            using var rows = TableRows.Of(reader).GetEnumerator();
            return Read(rows, description, isImage);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new DatasetUnusableException($"{description} cannot be read: {DisplayName.Of(error.Message)}", error);
        }
        catch (DecoderFallbackException error)
        {
            throw new DatasetUnusableException($"{description} is no text in UTF-8", error);
        }
    }

    /// <summary>Adds the row of an image.</summary>
    /// <exception cref="InvalidDataException">It has another number of cells, or there is such a row.</exception>
    public void Add(string name, ReadOnlySpan<string> cells)
    {
        if (cells.Length != columns.Count)
            throw new InvalidDataException($"{DisplayName.Of(name)} has {cells.Length} values, not {columns.Count}");
        name = DisplayName.Of(name);
        if (!_byName.TryAdd(name, _rows.Count))
            throw new InvalidDataException($"{name} is there twice");
        var path = Path.ChangeExtension(name, null);
        _byPath[path] = _byPath.ContainsKey(path) ? Ambiguous : _rows.Count;
        var file = FileOf(path);
        _byFile[file] = (_byFile.ContainsKey(file) ? Ambiguous : _rows.Count, file.Length < path.Length);

        var row = new int[cells.Length];
        for (var i = 0; i < row.Length; i++)
        {
            if (!_codes[i].TryGetValue(cells[i], out row[i]))
            {
                row[i] = _values[i].Count;
                _codes[i].Add(cells[i], row[i]);
                _values[i].Add(cells[i]);
            }
        }

        _rows.Add(row);
    }

    /// <summary>
    /// The row of an image, or -1. A folder may be missing on either side, and the extension may be another, as long as it is clear which row is meant;
    /// whether the row could mean other images, too, only someone who knows them can tell.
    /// </summary>
    public int Find(string image)
    {
        if (_byName.TryGetValue(image, out var row))
            return row;
        var path = Path.ChangeExtension(image, null);
        if (_byPath.TryGetValue(path, out row))
            return row;
        var file = FileOf(path);
        return _byFile.TryGetValue(file, out var found) && !(found.HasFolder && file.Length < path.Length) ? found.Row : Ambiguous;
    }

    /// <summary>Whether a row has exactly this name.</summary>
    public bool Names(string image) => _byName.ContainsKey(image);

    /// <summary>Which of <see cref="Values"/> a cell holds.</summary>
    public int Code(int row, int column) => _rows[row][column];

    /// <summary>The different values of a column, in the order in which they came.</summary>
    public IReadOnlyList<string> Values(int column) => _values[column];

    /// <summary>A cell as a number.</summary>
    public static bool TryNumber(string cell, out double number) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static NamedTable Read(IEnumerator<(int Line, string[] Cells)> rows, string description, Predicate<string> isImage)
    {
        if (!rows.MoveNext())
            throw new InvalidDataException("it holds no row");
        var (line, first) = rows.Current;
        var second = rows.MoveNext() ? rows.Current : default;

        // CelebA's header has no name for the column of names.
        string[]? header = second.Cells is { } cells && cells.Length == first.Length + 1 ? first
            : !isImage(DisplayName.Of(first[0])) && !ImageFiles.IsImage(first[0]) ? first[1..]
            : null;
        var count = header?.Length ?? first.Length - 1;
        if (count is 0 or > MostColumns)
            throw new InvalidDataException(count == 0 ? "it has no column beside that of the names" : $"{count} columns are more than the limit of {MostColumns}");
        var columns = header ?? (count == 1 ? ["class"] : [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        if (columns.Distinct(StringComparer.Ordinal).Count() < count)
            throw new InvalidDataException("two of its columns have the same name");
        var table = new NamedTable(description, columns);
        if (header is null)
            Add(line, first);
        if (second.Cells is not null)
            Add(second.Line, second.Cells);
        while (rows.MoveNext())
            Add(rows.Current.Line, rows.Current.Cells);
        if (table.Rows == 0)
            throw new InvalidDataException("it holds no row");
        return table;

        void Add(int line, string[] cells)
        {
            try
            {
                table.Add(cells[0], cells.AsSpan(1));
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"line {line}: {error.Message}", error);
            }
        }
    }

    private static string FileOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
