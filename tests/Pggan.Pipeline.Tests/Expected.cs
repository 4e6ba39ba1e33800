using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

/// <summary>What a run must deliver, computed without the pipeline, and hashes of both.</summary>
internal static class Expected
{
    /// <summary>The hash of the next <paramref name="images"/> good images from a position on, one after the other.</summary>
    public static async Task<(string Hash, long Next)> ImagesAsync(
        IImageSource source, PipelineOptions options, int resolution, long position, int images, Predicate<int>? bad = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        position = await AppendAsync(hash, source, options, resolution, position, images, bad);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), position);
    }

    public static async Task<long> AppendAsync(
        IncrementalHash hash, IImageSource source, PipelineOptions options, int resolution, long position, int images, Predicate<int>? bad = null)
    {
        var order = new ImageOrder(source.Count, options.Seed);
        var label = new float[source.LabelSize];
        for (var good = 0; good < images; position++)
        {
            var index = order.IndexAt(position);
            if (bad?.Invoke(index) == true)
                continue;
            good++;
            using var image = ImageConformer.Conform(await source.ReadAsync(index, CancellationToken.None), options);
            using var pyramid = ImagePyramid.Build(image, options.Resolution, options.Base);
            var pixels = pyramid.Level(resolution).ToArray();
            var width = options.Base.WidthAt(resolution);
            for (var row = 0; options.Mirror && order.IsMirrored(position) && row < pixels.Length; row += width)
                Array.Reverse(pixels, row, width);
            source.CopyLabel(index, label);
            hash.AppendData(pixels);
            hash.AppendData(MemoryMarshal.AsBytes(label.AsSpan()));
        }

        return position;
    }

    public static void Append(IncrementalHash hash, ImageBatch batch)
    {
        var size = batch.Channels * batch.Height * batch.Width;
        for (var i = 0; i < batch.Count; i++)
        {
            hash.AppendData(batch.Pixels.Slice(i * size, size));
            hash.AppendData(MemoryMarshal.AsBytes(batch.Labels.Slice(i * batch.LabelSize, batch.LabelSize)));
        }
    }
}
