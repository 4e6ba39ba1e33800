namespace Pggan.Pipeline;

/// <summary>Which names in a folder or zip are taken for images.</summary>
internal static class ImageFiles
{
    private static readonly HashSet<string> Extensions =
        new([".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".tif", ".tiff", ".bmp"], StringComparer.OrdinalIgnoreCase);

    /// <summary>By the extension; hidden files and what macOS adds to zips are not images.</summary>
    public static bool IsImage(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        return !file.StartsWith('.') && !name.StartsWith("__MACOSX/", StringComparison.Ordinal) && Extensions.Contains(Path.GetExtension(file));
    }
}
