using System.Buffers;

namespace Pggan.Pipeline;

/// <summary>Images of one resolution with their labels, in pooled memory. The holder disposes it.</summary>
public sealed class ImageBatch : IDisposable
{
    private byte[]? _pixels;
    private float[]? _labels;

    internal ImageBatch(BatchRequest request, int channels, int labelSize, long firstPosition)
    {
        Count = request.Count;
        Channels = channels;
        Resolution = request.Resolution;
        LabelSize = labelSize;
        Mirror = request.Mirror;
        Generation = request.Generation;
        FirstPosition = firstPosition;
        NextPosition = firstPosition;
        var pixels = ArrayPool<byte>.Shared.Rent(checked(Count * Channels * Resolution * Resolution));
        _labels = ArrayPool<float>.Shared.Rent(Math.Max(1, checked(Count * LabelSize)));
        _pixels = pixels;
        LiveBuffers.Opened();
    }

    /// <summary>Images.</summary>
    public int Count { get; }

    /// <summary>1 (grey) or 3 (RGB).</summary>
    public int Channels { get; }

    /// <summary>In pixels.</summary>
    public int Resolution { get; }

    /// <summary>Elements of a label; 0 when unlabelled.</summary>
    public int LabelSize { get; }

    /// <summary>Of the request.</summary>
    internal bool? Mirror { get; }

    /// <summary>The pixels, [N, C, R, R], 0 to 255.</summary>
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
        (_pixels ?? throw new ObjectDisposedException(nameof(ImageBatch))).AsSpan(0, Count * Channels * Resolution * Resolution);

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
