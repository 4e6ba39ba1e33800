namespace Pggan.Pipeline.Tests;

/// <summary>A level of a pyramid by the book: each pixel is the mean of the block that it covers in the image, ties to even.</summary>
internal static class PlainPyramid
{
    public static byte[] Level(PixelBuffer image, BaseSize proportions, int resolution)
    {
        var (width, height) = (proportions.Width * resolution / 4, proportions.Height * resolution / 4);
        var block = image.Width / width;
        var level = new byte[image.Channels * height * width];
        for (var i = 0; i < level.Length; i++)
        {
            var (channel, row, column) = (i / (width * height), i / width % height, i % width);
            var sum = 0L;
            for (var y = row * block; y < (row + 1) * block; y++)
            {
                for (var x = column * block; x < (column + 1) * block; x++)
                    sum += image.Plane(channel)[y * image.Width + x];
            }

            level[i] = (byte)Math.Round((double)sum / (block * block), MidpointRounding.ToEven);
        }

        return level;
    }

    /// <summary>A copy whose rows run from right to left.</summary>
    public static byte[] Mirrored(byte[] level, int width) =>
        [.. Enumerable.Range(0, level.Length).Select(i => level[i / width * width + width - 1 - i % width])];
}
