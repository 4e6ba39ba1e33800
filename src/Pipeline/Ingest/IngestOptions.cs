using System.Globalization;
using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>How images become a dataset.</summary>
public sealed record IngestOptions
{
    /// <summary>The largest side that is written, in pixels.</summary>
    public const int LargestSize = 4096;

    /// <summary>What is written.</summary>
    public DatasetFormat Format { get; init; }

    /// <summary>
    /// Width of every image in pixels, 1 to 4096. TFRecords hold squares of a power of two from 4, a store what a network grows to (<see cref="BaseSize.Split"/>).
    /// 64 unless told.
    /// </summary>
    public int Width { get; init; } = 64;

    /// <summary>Height of every image in pixels, as <see cref="Width"/>.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Sets both sides.</summary>
    public int Size
    {
        init => (Width, Height) = (value, value);
    }

    /// <summary>1 (grey), 3 (RGB) or, in a zip or a store, 4 (RGB and alpha: the source must keep it). 3 unless told.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Which part of an image is taken.</summary>
    public CropPolicy Crop { get; init; }

    /// <summary>With <see cref="CropPolicy.Rectangle"/>: which; of the proportions of the images, or with <see cref="Pad"/> any.</summary>
    public CropRectangle? Rectangle { get; init; }

    /// <summary>With <see cref="CropPolicy.Wide"/>: rows of the picture between the black bars; null: as many as its proportions give.</summary>
    public int? PictureHeight { get; init; }

    /// <summary>
    /// With <see cref="CropPolicy.None"/> and <see cref="CropPolicy.Rectangle"/>: the background fills up what has other proportions. With
    /// <see cref="CropPolicy.Face"/>: it is what lies beyond the image's edge; otherwise the rectangle is moved into the image.
    /// </summary>
    public bool Pad { get; init; }

    /// <summary>With <see cref="CropPolicy.Face"/>: whether an image without a box is cut at its centre; off: it is refused.</summary>
    public bool CentreWithoutBox { get; init; }

    /// <summary>0xRRGGBB, for <see cref="Pad"/>; white unless told. What is behind transparent pixels, the source is told.</summary>
    public int Background { get; init; } = 0xFFFFFF;

    /// <summary>How sizes change.</summary>
    public ResizeFilter Resize { get; init; }

    /// <summary>Whether small images are enlarged; off: they are refused.</summary>
    public bool AllowUpscale { get; init; }

    /// <summary>The order is a permutation of this seed; null: the source's own.</summary>
    public long? ShuffleSeed { get; init; }

    /// <summary>The most images that are written.</summary>
    public int MaxImages { get; init; } = int.MaxValue;

    /// <summary>Whether an image with the pixels of an earlier one is left out.</summary>
    public bool DropDuplicates { get; init; }

    /// <summary>How many images are worked on at once; changes nothing in what is written.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Checks every number, and that the options fit each other.</summary>
    /// <exception cref="ArgumentException">With a message for the user.</exception>
    public void Validate()
    {
        Require(Width is >= 1 and <= LargestSize && Height is >= 1 and <= LargestSize, $"a size of {SizeText} pixels is outside 1 to {LargestSize}");
        Require(
            Format != DatasetFormat.TfRecord || (IsSquare && BitOperations.IsPow2(Width) && Width >= ImagePyramid.SmallestResolution),
            $"TFRecords hold squares of a power of two from {ImagePyramid.SmallestResolution} pixels, not {SizeText}; a zip holds any size");
        if (Format == DatasetFormat.Store)
            BaseSize.Split(Width, Height); // says which sizes a network grows to

        Require(Channels is 1 or 3 or 4, $"{Channels} channels: an image has 1, 3 or 4");
        Require(Format != DatasetFormat.TfRecord || Channels != 4, "TFRecords hold 1 or 3 channels; a zip or a store holds 4");
        Require(Crop != CropPolicy.Wide || IsSquare, $"the wide crop puts black bars into a square, and {SizeText} is none");
        Require(PictureHeight is null || Crop == CropPolicy.Wide, "a height belongs to the wide crop");
        Require(PictureHeight is null || (PictureHeight >= 1 && PictureHeight <= Height), $"a height of {PictureHeight} pixels is outside 1 to {Height}");
        Require(Rectangle is null == (Crop != CropPolicy.Rectangle), "a rectangle belongs to the crop to it, and that needs one");
        if (Rectangle is { } part)
        {
            Require(part is { X: >= 0, Y: >= 0, Width: >= 1, Height: >= 1 }, $"a rectangle at {part.X}, {part.Y} of {part.Width}×{part.Height} pixels is in no image");
            Require(
                Pad || Fits(part.Width, part.Height),
                IsSquare ? $"a rectangle of {part.Width}×{part.Height} pixels is no square; pad it, or name a square"
                : $"a rectangle of {part.Width}×{part.Height} pixels has not the proportions of {Width}×{Height}; pad it, or name one that has");
        }

        Require(
            !Pad || Crop is CropPolicy.None or CropPolicy.Face or CropPolicy.Rectangle,
            "padding belongs to no crop, to a rectangle, or to that of faces: other crops leave nothing to pad");
        Require(!CentreWithoutBox || Crop == CropPolicy.Face, "boxes belong to the crop of faces");
        Require(Background is >= 0 and <= 0xFFFFFF, "the background is no colour");
        Require(MaxImages >= 1, $"{MaxImages} images: at least 1 is needed");
        Require(Workers is >= 1 and <= 1024, $"{Workers} workers: it must be 1 to 1024");
    }

    /// <summary>Whether width and height are the same.</summary>
    internal bool IsSquare => Width == Height;

    /// <summary>As it was said: "64", or "64x96".</summary>
    internal string SizeText => IsSquare ? string.Create(CultureInfo.InvariantCulture, $"{Width}") : string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");

    /// <summary>Whether something has exactly the proportions of the images.</summary>
    internal bool Fits(int width, int height) => (long)width * Height == (long)height * Width;

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
