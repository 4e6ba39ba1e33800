namespace Pggan.Pipeline;

/// <summary>The names of a source's images, for tables that are about them.</summary>
internal static class ImageNames
{
    /// <summary>Whether a name means an image of the source, by the same matching that finds rows.</summary>
    public static Predicate<string> In(IImageSource source) => name =>
    {
        var table = new NamedTable("", []);
        table.Add(name, []);
        return Enumerable.Range(0, source.Count).Any(index => table.Find(source.NameOf(index)) >= 0);
    };

    /// <summary>The row of each image, or -1. A row that is not named exactly as an image is nobody's where it could mean several.</summary>
    /// <exception cref="DatasetUnusableException">None of the images is in the table.</exception>
    public static int[] RowsOf(NamedTable table, IImageSource source)
    {
        int[] rows = [.. Enumerable.Range(0, source.Count).Select(index => table.Find(source.NameOf(index)))];
        var reached = new int[table.Rows];
        foreach (var row in rows.Where(row => row >= 0))
            reached[row]++;
        if (Array.TrueForAll(rows, row => row < 0))
        {
            throw new DatasetUnusableException(
                $"{table.Description} names no image of {source.Description}: it has '{table.Example}', and there is '{source.NameOf(0)}'");
        }

        for (var index = 0; index < rows.Length; index++)
        {
            if (rows[index] >= 0 && reached[rows[index]] > 1 && !table.Names(source.NameOf(index)))
                rows[index] = -1;
        }

        return rows;
    }
}
