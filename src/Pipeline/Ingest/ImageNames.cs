namespace Pggan.Pipeline;

/// <summary>The names of a source's images, for tables that are about them.</summary>
internal static class ImageNames
{
    public static HashSet<string> Of(IImageSource source) =>
        new(Enumerable.Range(0, source.Count).Select(source.NameOf), StringComparer.Ordinal);

    /// <summary>Fails for a table about other images.</summary>
    /// <exception cref="DatasetUnusableException">None of the images is in the table.</exception>
    public static void RequireAny(NamedTable table, IImageSource source)
    {
        for (var index = 0; index < source.Count; index++)
        {
            if (table.Find(source.NameOf(index)) >= 0)
                return;
        }

        throw new DatasetUnusableException(
            $"{table.Description} names no image of {source.Description}: it has '{table.Example}', and there is '{source.NameOf(0)}'");
    }
}
