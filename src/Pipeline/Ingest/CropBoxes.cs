namespace Pggan.Pipeline;

/// <summary>The boxes of faces, from a table name, x, y, width, height in pixels.</summary>
public sealed class CropBoxes
{
    private readonly NamedTable _table;
    private readonly double[][] _numbers;
    private readonly int[] _rows;

    private CropBoxes(NamedTable table, double[][] numbers, int[] rows)
    {
        _rows = rows;
        _table = table;
        _numbers = numbers;
    }

    /// <summary>Reads a CSV file, with a first row of names or not, or a list as CelebA has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">The images that it is about.</param>
    /// <exception cref="DatasetUnusableException">It is no such file, or names none of the images.</exception>
    public static CropBoxes Read(string path, IImageSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var table = NamedTable.Read(path, ImageNames.In(source));
        if (table.Columns.Count != 4)
            throw new DatasetUnusableException($"{table.Description} has {table.Columns.Count} columns beside the names; a box has four: x, y, width, height");
        var numbers = new double[4][];
        for (var column = 0; column < 4; column++)
        {
            numbers[column] = [.. table.Values(column).Select(cell => NamedTable.TryNumber(cell, out var number)
                ? number
                : throw new DatasetUnusableException($"{table.Description} says '{DisplayName.Of(cell)}' where a number of pixels belongs"))];
        }

        return new CropBoxes(table, numbers, ImageNames.RowsOf(table, source));
    }

    /// <summary>The box of an image of the source, or null.</summary>
    internal CropBox? Of(int index)
    {
        var row = _rows[index];
        return row < 0 ? null : new CropBox(At(row, 0), At(row, 1), At(row, 2), At(row, 3));
    }

    private double At(int row, int column) => _numbers[column][_table.Code(row, column)];
}
