namespace Pggan.Model;

/// <summary>Images side by side as one raster.</summary>
public static class ImageGrid
{
    /// <summary>Places images row by row, each pixel repeated <paramref name="factor"/> times in both directions; missing cells stay black, or transparent.</summary>
    /// <param name="images">[N, C, H, W] bytes.</param>
    /// <param name="channels">C.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="height">H in pixels.</param>
    /// <param name="columns">Images a row.</param>
    /// <param name="factor">From 1.</param>
    /// <returns>Planar bytes [C, rows * factor * H, columns * factor * W].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public static byte[] Compose(ReadOnlySpan<byte> images, int channels, int width, int height, int columns, int factor = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        int size = channels * height * width;
        if (images.Length % size != 0)
            throw new ArgumentException($"{images.Length} bytes are no images of {channels}x{height}x{width}");
        int count = images.Length / size, rows = (count + columns - 1) / columns;
        int cellWidth = factor * width, cellHeight = factor * height, rasterWidth = columns * cellWidth, rasterHeight = rows * cellHeight;
        byte[] raster = new byte[channels * rasterWidth * rasterHeight];
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                for (int y = 0; y < cellHeight; y++)
                {
                    ReadOnlySpan<byte> source = images.Slice(i * size + (c * height + y / factor) * width, width);
                    Span<byte> target = raster.AsSpan((c * rasterHeight + i / columns * cellHeight + y) * rasterWidth + i % columns * cellWidth, cellWidth);
                    for (int x = 0; x < cellWidth; x++)
                        target[x] = source[x / factor];
                }
            }
        }
        return raster;
    }
}
