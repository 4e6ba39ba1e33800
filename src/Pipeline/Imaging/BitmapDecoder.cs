using System.Buffers.Binary;

namespace Pggan.Pipeline;

/// <summary>Windows bitmaps, uncompressed: 8 bits with a palette, 24 and 32 bits. libvips reads none of them.</summary>
internal static class BitmapDecoder
{
    private const int FileHeader = 14;
    private const int InfoHeader = 40;

    public static PixelBuffer Decode(ReadOnlySpan<byte> file, DecodeOptions options)
    {
        if (file.Length < FileHeader + InfoHeader)
            throw new BadImageException("damaged Bmp: the header is cut off");

        var start = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]);
        var header = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]);
        var width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]);
        var signedHeight = BinaryPrimitives.ReadInt32LittleEndian(file[22..]);
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]);
        var compression = BinaryPrimitives.ReadUInt32LittleEndian(file[30..]);
        var height = Math.Abs((long)signedHeight);
        ImageCodec.CheckSize(width, height, options);
        if (header < InfoHeader || header > file.Length - FileHeader || bits is not (8 or 24 or 32) || compression != 0)
            throw new BadImageException($"a Bmp of {bits} bits with compression {compression} is not read");

        // Rows are padded to four bytes and, unless the height is negative, run from the bottom up.
        var stride = ((long)width * bits + 31) / 32 * 4;
        if (start < FileHeader + header || start > file.Length || stride * height > file.Length - start)
            throw new BadImageException("damaged Bmp: the pixels are cut off");
        var palette = file.Slice(FileHeader + (int)header, (int)Math.Min(1024, start - FileHeader - header));

        var buffer = PixelBuffer.Rent(width, (int)height, 3);
        try
        {
            for (var y = 0; y < height; y++)
            {
                var row = file.Slice((int)(start + stride * (signedHeight > 0 ? height - 1 - y : y)), (int)stride);
                for (var x = 0; x < width; x++)
                {
                    var entry = bits == 8 ? row[x] * 4 : x * (bits / 8);
                    var colours = bits == 8 ? palette : row;
                    if (entry + 3 > colours.Length)
                        throw new BadImageException("damaged Bmp: a pixel names a colour that the palette lacks");
                    for (var channel = 0; channel < 3; channel++)
                        buffer.Plane(channel)[y * width + x] = colours[entry + 2 - channel];
                }
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
