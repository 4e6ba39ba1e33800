namespace Pggan.Pipeline;

/// <summary>How image files become pixels, and what is refused before it costs memory.</summary>
public sealed record DecodeOptions
{
    /// <summary>The colour behind transparent pixels, 0xRRGGBB; white unless told.</summary>
    public int Background { get; init; } = 0xFFFFFF;

    /// <summary>The most pixels (width times height) an image's header may announce; 67,108,864 (8192²) unless told.</summary>
    public long MaxPixels { get; init; } = 1L << 26;

    /// <summary>The most bytes of one image file or zip entry; 256 MiB unless told.</summary>
    public int MaxBytes { get; init; } = 256 << 20;

    /// <summary>Whether images that have an alpha channel come with it, as RGB and alpha; off: they are laid on <see cref="Background"/>.</summary>
    public bool KeepAlpha { get; init; }

    internal byte Red => (byte)(Background >> 16);

    internal byte Green => (byte)(Background >> 8);

    internal byte Blue => (byte)Background;
}
