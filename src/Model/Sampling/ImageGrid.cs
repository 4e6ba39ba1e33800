namespace Pggan.Model;

/// <summary>Images side by side as one raster.</summary>
public static class ImageGrid
{
    /// <summary>Places images row by row, each pixel repeated so that an image fills its cell; missing cells stay black.</summary>
    /// <param name="images">[N, C, R, R] bytes.</param>
    /// <param name="channels">C.</param>
    /// <param name="resolution">R in pixels.</param>
    /// <param name="columns">Images a row.</param>
    /// <param name="cell">Side of a cell in pixels, a multiple of R.</param>
    /// <returns>Planar bytes [C, rows * cell, columns * cell].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public static byte[] Compose(ReadOnlySpan<byte> images, int channels, int resolution, int columns, int cell)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        int size = channels * resolution * resolution;
        if (cell % resolution != 0 || images.Length % size != 0)
            throw new ArgumentException($"{images.Length} bytes are no images of {channels}x{resolution}x{resolution}, or a cell of {cell} px no multiple of them");
        int count = images.Length / size, rows = (count + columns - 1) / columns, factor = cell / resolution;
        int width = columns * cell, height = rows * cell;
        byte[] raster = new byte[channels * width * height];
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int y = 0; y < cell; y++)
                {
                    ReadOnlySpan<byte> source = images.Slice(i * size + (c * resolution + y / factor) * resolution, resolution);
                    Span<byte> target = raster.AsSpan((c * height + i / columns * cell + y) * width + i % columns * cell, cell);
                    for (int x = 0; x < cell; x++)
                        target[x] = source[x / factor];
                }
            }
        }
        return raster;
    }
}
