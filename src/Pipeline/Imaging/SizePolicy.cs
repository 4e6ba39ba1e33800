namespace Pggan.Pipeline;

/// <summary>What happens to images of another size than the wanted square.</summary>
public enum SizePolicy
{
    /// <summary>The largest centred square is cut out and resized.</summary>
    CentreCrop,

    /// <summary>The whole image is resized, changing its proportions.</summary>
    Stretch,

    /// <summary>Only squares of the wanted size or a power of two above it are taken; others are bad images.</summary>
    Exact,
}
