using System.Buffers;

namespace Pggan.Pipeline;

/// <summary>Images of one size with their labels, in pooled memory. The holder disposes it.</summary>
public sealed class ImageBatch : IDisposable
{
    private byte[]? _pixels;
    private float[]? _labels;

    internal ImageBatch(BatchRequest request, BaseSize proportions, int channels, int labelSize, long firstPosition)
    {
        Count = request.Count;
        Channels = channels;
        Resolution = request.Resolution;
        Width = proportions.WidthAt(Resolution);
        Height = proportions.HeightAt(Resolution);
        LabelSize = labelSize;
        Mirror = request.Mirror;
        Generation = request.Generation;
        FirstPosition = firstPosition;
        NextPosition = firstPosition;
        var pixels = ArrayPool<byte>.Shared.Rent(checked(Count * Channels * Height * Width));
        _labels = ArrayPool<float>.Shared.Rent(Math.Max(1, checked(Count * LabelSize)));
        _pixels = pixels;
        LiveBuffers.Opened();
    }

    /// <summary>Images.</summary>
    public int Count { get; }

    /// <summary>1 (grey), 3 (RGB) or 4 (RGB and alpha).</summary>
    public int Channels { get; }

    /// <summary>Of the request: the scale of the images.</summary>
    public int Resolution { get; }

    /// <summary>Pixels in a row: those of the pipeline's base at <see cref="Resolution"/>.</summary>
    public int Width { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Elements of a label; 0 when unlabelled.</summary>
    public int LabelSize { get; }

    /// <summary>Of the request.</summary>
    internal bool? Mirror { get; }

    /// <summary>The pixels, [N, C, H, W], 0 to 255.</summary>
    public ReadOnlySpan<byte> Pixels => WritablePixels;

    /// <summary>The labels, [N, LabelSize].</summary>
    public ReadOnlySpan<float> Labels => WritableLabels;

    /// <summary>The place in the order where this batch began to look for images.</summary>
    public long FirstPosition { get; }

    /// <summary>The place where the next batch begins; a checkpoint stores that of the last batch trained on.</summary>
    public long NextPosition { get; internal set; }

    /// <summary>Of the <see cref="BatchRequest"/> that this batch answers.</summary>
    public int Generation { get; }

    internal Span<byte> WritablePixels =>
        (_pixels ?? throw new ObjectDisposedException(nameof(ImageBatch))).AsSpan(0, Count * Channels * Height * Width);

    internal Span<float> WritableLabels =>
        (_labels ?? throw new ObjectDisposedException(nameof(ImageBatch))).AsSpan(0, Count * LabelSize);

    /// <summary>Gives the memory back; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _labels, null) is { } labels)
            ArrayPool<float>.Shared.Return(labels);
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels)
        {
            ArrayPool<byte>.Shared.Return(pixels);
            LiveBuffers.Closed();
        }
    }
}
