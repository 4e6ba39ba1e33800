using System.Buffers;

namespace Pggan.Pipeline;

/// <summary>Reads one image file as a dataset's images are read, for commands that take a picture.</summary>
public static class SingleImage
{
    /// <summary>
    /// Decodes the file, brings it to the options' size and channels, and halves it. An image that is smaller than that is brought to the wanted
    /// resolution at once, enlarged if need be.
    /// </summary>
    /// <param name="path">PNG, JPEG, WebP, GIF, TIFF or BMP.</param>
    /// <param name="options">As of a dataset.</param>
    /// <param name="wanted">A power of two from 4 to the options' resolution.</param>
    /// <returns>[C, H, W] of the base at the wanted resolution.</returns>
    /// <exception cref="BadImageException">It cannot be used; the message is the reason.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] Read(string path, PipelineOptions options, int wanted)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        using var file = OrdinaryFile.Open(path);
        if (file.Length > options.Decode.MaxBytes)
            throw new BadImageException($"{file.Length} bytes are more than the limit of {options.Decode.MaxBytes}");
        var encoded = ArrayPool<byte>.Shared.Rent((int)file.Length);
        try
        {
            var bytes = encoded.AsSpan(0, (int)file.Length);
            file.ReadExactly(bytes);
            var decoded = ImageCodec.Decode(bytes, options.Decode);
            if (decoded.Width < options.Base.WidthAt(options.Resolution) || decoded.Height < options.Base.HeightAt(options.Resolution))
                options = options with { Resolution = wanted, AllowUpscale = true };
            using var image = ImageConformer.Conform(decoded, options);
            using var pyramid = ImagePyramid.Build(image, options.Resolution, options.Base);
            return pyramid.Level(wanted).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }
}
