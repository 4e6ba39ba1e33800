using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>How images become a dataset.</summary>
public sealed record IngestOptions
{
    /// <summary>The largest side that is written, in pixels.</summary>
    public const int LargestSize = 4096;

    /// <summary>What is written.</summary>
    public DatasetFormat Format { get; init; }

    /// <summary>Side of every image in pixels, 1 to 4096; a power of two from 4 for TFRecords, and up to 1024 for a store. 64 unless told.</summary>
    public int Size { get; init; } = 64;

    /// <summary>1 (grey), 3 (RGB) or, in a zip, 4 (RGB and alpha: the source must keep it). 3 unless told.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Which part of an image is taken.</summary>
    public CropPolicy Crop { get; init; }

    /// <summary>With <see cref="CropPolicy.Rectangle"/>: which; a square, or with <see cref="Pad"/> any.</summary>
    public CropRectangle? Rectangle { get; init; }

    /// <summary>With <see cref="CropPolicy.Wide"/>: rows of the picture between the black bars; null: as many as its proportions give.</summary>
    public int? Height { get; init; }

    /// <summary>
    /// With <see cref="CropPolicy.None"/> and <see cref="CropPolicy.Rectangle"/>: the background fills up what is no square. With <see cref="CropPolicy.Face"/>: it is what lies beyond the
    /// image's edge; otherwise the square is moved into the image.
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
        Require(Size is >= 1 and <= LargestSize, $"a size of {Size} pixels is outside 1 to {LargestSize}");
        Require(
            Format == DatasetFormat.Zip || (BitOperations.IsPow2(Size) && Size >= ImagePyramid.SmallestResolution),
            $"{Kind} a power of two from {ImagePyramid.SmallestResolution} pixels, not {Size}; a zip holds any size");
        Require(
            Format != DatasetFormat.Store || Size <= StoreLayout.MostResolution,
            $"{Kind} at most {StoreLayout.MostResolution} pixels, not {Size}; a zip holds any size");
        Require(Channels is 1 or 3 or 4, $"{Channels} channels: an image has 1, 3 or 4");
        Require(Format == DatasetFormat.Zip || Channels != 4, $"{Kind} 1 or 3 channels; a zip holds 4");
        Require(Height is null || Crop == CropPolicy.Wide, "a height belongs to the wide crop");
        Require(Height is null || (Height >= 1 && Height <= Size), $"a height of {Height} pixels is outside 1 to {Size}");
        Require(Rectangle is null == (Crop != CropPolicy.Rectangle), "a rectangle belongs to the crop to it, and that needs one");
        if (Rectangle is { } part)
        {
            Require(part is { X: >= 0, Y: >= 0, Width: >= 1, Height: >= 1 }, $"a rectangle at {part.X}, {part.Y} of {part.Width}×{part.Height} pixels is in no image");
            Require(Pad || part.Width == part.Height, $"a rectangle of {part.Width}×{part.Height} pixels is no square; pad it, or name a square");
        }

        Require(
            !Pad || Crop is CropPolicy.None or CropPolicy.Face or CropPolicy.Rectangle,
            "padding belongs to no crop, to a rectangle, or to that of faces: other crops leave nothing to pad");
        Require(!CentreWithoutBox || Crop == CropPolicy.Face, "boxes belong to the crop of faces");
        Require(Background is >= 0 and <= 0xFFFFFF, "the background is no colour");
        Require(MaxImages >= 1, $"{MaxImages} images: at least 1 is needed");
        Require(Workers is >= 1 and <= 1024, $"{Workers} workers: it must be 1 to 1024");
    }

    private string Kind => Format == DatasetFormat.TfRecord ? "TFRecords hold" : "a store holds";

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
