namespace Pggan.Pipeline;

/// <summary>The image file formats that are decoded; anything else is refused before a decoder sees it.</summary>
public enum ImageFormat
{
    /// <summary>None of the formats below.</summary>
    Unknown,

    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>WebP; the first frame.</summary>
    WebP,

    /// <summary>GIF; the first frame.</summary>
    Gif,

    /// <summary>TIFF; the first page.</summary>
    Tiff,

    /// <summary>Windows bitmap, uncompressed, 8, 24 or 32 bits.</summary>
    Bmp,
}
