using System.Numerics;

namespace Pggan.Pipeline;

/// <summary>Every number of the pipeline.</summary>
public sealed record PipelineOptions
{
    /// <summary>The longest side that images are brought to, in pixels.</summary>
    public const int LongestSide = 4096;

    /// <summary>The full resolution, a power of two from 4 to 1024; images are brought to the size that <see cref="Base"/> has at it. 64 unless told.</summary>
    public int Resolution { get; init; } = 64;

    /// <summary>The size of images at resolution 4, which gives all their proportions; 4×4 unless told: then a resolution is the side of a square.</summary>
    public BaseSize Base { get; init; } = BaseSize.Square;

    /// <summary>1 (grey), 3 (RGB) or 4 (RGB and alpha); images of another kind are converted. 3 unless told.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Seeds the order of the images and the mirror flips.</summary>
    public long Seed { get; init; }

    /// <summary>Whether each delivered image is flipped left to right with a chance of one half; off unless told.</summary>
    public bool Mirror { get; init; }

    /// <summary>How many reader stages run; 1 unless told.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>How many downsampler stages run; 1 unless told.</summary>
    public int Downsamplers { get; init; } = 1;

    /// <summary>The most images that may be read ahead of the batch being filled; 64 unless told.</summary>
    public int ImagesInFlight { get; init; } = 64;

    /// <summary>The most finished batches that wait for the trainer; 4 unless told.</summary>
    public int BatchesInFlight { get; init; } = 4;

    /// <summary>What happens to images of another size.</summary>
    public SizePolicy SizePolicy { get; init; } = SizePolicy.CentreCrop;

    /// <summary>Whether images smaller than <see cref="Resolution"/> are enlarged; off: they are bad images.</summary>
    public bool AllowUpscale { get; init; }

    /// <summary>Memory for decoded images, in bytes, so that later epochs decode nothing; 0 keeps none. 512 MiB unless told.</summary>
    public long CacheBytes { get; init; } = 512L << 20;

    /// <summary>How files are decoded; give it to the source as well. Alpha is kept where <see cref="Channels"/> is 4, and only there.</summary>
    public DecodeOptions Decode
    {
        get => field.KeepAlpha == (Channels == 4) ? field : field with { KeepAlpha = Channels == 4 };
        init;
    } = new();

    /// <summary>Checks every number.</summary>
    /// <exception cref="ArgumentException">With a message for the user.</exception>
    public void Validate()
    {
        if (!BitOperations.IsPow2(Resolution) || Resolution is < ImagePyramid.SmallestResolution or > 1024)
            throw new ArgumentException($"resolution {Resolution} is not a power of two from 4 to 1024");
        if (Math.Max(Base.WidthAt(Resolution), Base.HeightAt(Resolution)) > LongestSide)
            throw new ArgumentException($"resolution {Resolution} with a base of {Base} is {Base.At(Resolution)}, and {LongestSide} pixels are the longest side");
        if (Channels is not (1 or 3 or 4))
            throw new ArgumentException($"{Channels} channels: an image has 1 or 3, or 4 with alpha");
        AtLeastOne(Readers, "readers");
        AtLeastOne(Downsamplers, "downsamplers");
        AtLeastOne(ImagesInFlight, "images in flight");
        AtLeastOne(BatchesInFlight, "batches in flight");
        if (CacheBytes < 0)
            throw new ArgumentException($"a cache of {CacheBytes} bytes");
        if (Decode.MaxPixels < 1 || Decode.MaxBytes < 1)
            throw new ArgumentException("the limits of pixels and bytes must be positive");
    }

    private static void AtLeastOne(int value, string name)
    {
        if (value < 1)
            throw new ArgumentException($"{value} {name}: at least 1 is needed");
    }
}
