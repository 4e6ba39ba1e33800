using System.Text;

namespace Pggan.Pipeline;

/// <summary>The classes of FashionGen's HDF5 files: the texts in "input_category", [N] or [N, 1] of a fixed length, in sorted order.</summary>
internal static class Hdf5Categories
{
    private const string Name = "input_category";
    private const int LongestText = 4096;
    private const int MostChunkBytes = 16 << 20;

    /// <summary>Reads them; no labels where there is no such array, or one of another kind.</summary>
    /// <exception cref="InvalidDataException">Damaged, or another number of texts than of images.</exception>
    public static SourceLabels Read(SourceFile file, int count)
    {
        var array = Hdf5Array.Open(file, names => names.FirstOrDefault(name => name == Name));
        if (array is not { IsText: true, RowBytes: >= 1 and <= LongestText, Shape: [_] or [_, 1] })
            return SourceLabels.None;
        if (array.Shape[0] != count)
            throw new InvalidDataException($"{Name} has {array.Shape[0]} texts for {count} images");
        var rows = new Hdf5Rows(file, array, MostChunkBytes / array.RowBytes, MostChunkBytes);
        var bytes = new byte[Math.Min(rows.InChunk, count) * array.RowBytes];
        var texts = new TextLabels();
        for (var first = 0; first < count; first += rows.InChunk)
        {
            var some = bytes.AsSpan(0, Math.Min(rows.InChunk, count - first) * array.RowBytes);
            try
            {
                rows.Read(first, some);
            }
            catch (BadImageException error)
            {
                throw new InvalidDataException($"{Name} from text {first} on: {error.Message}", error);
            }

            for (; some.Length > 0; some = some[array.RowBytes..])
                texts.Add(TextOf(some[..array.RowBytes]));
        }

        return texts.ToLabels(image => new InvalidDataException($"{Name} has no text for image {image}"));
    }

    /// <summary>Up to the zeros that fill it; TextLabels cuts off spaces.</summary>
    private static string TextOf(ReadOnlySpan<byte> text) =>
        Encoding.UTF8.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);
}
