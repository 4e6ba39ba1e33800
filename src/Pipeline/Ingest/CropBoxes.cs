namespace Pggan.Pipeline;

/// <summary>The boxes of faces, from a table name, x, y, width, height in pixels.</summary>
public sealed class CropBoxes
{
    private readonly NamedTable _table;
    private readonly double[][] _numbers;

    private CropBoxes(NamedTable table, double[][] numbers)
    {
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
        var names = ImageNames.Of(source);
        var table = NamedTable.Read(path, names.Contains);
        if (table.Columns.Count != 4)
            throw new DatasetUnusableException($"{table.Description} has {table.Columns.Count} columns beside the names; a box has four: x, y, width, height");
        var numbers = new double[4][];
        for (var column = 0; column < 4; column++)
        {
            numbers[column] = [.. table.Values(column).Select(cell => NamedTable.TryNumber(cell, out var number)
                ? number
                : throw new DatasetUnusableException($"{table.Description} says '{DisplayName.Of(cell)}' where a number of pixels belongs"))];
        }

        ImageNames.RequireAny(table, source);
        return new CropBoxes(table, numbers);
    }

    /// <summary>The box of an image, or null.</summary>
    internal CropBox? Of(string name)
    {
        var row = _table.Find(name);
        return row < 0 ? null : new CropBox(At(row, 0), At(row, 1), At(row, 2), At(row, 3));
    }

    private double At(int row, int column) => _numbers[column][_table.Code(row, column)];
}
