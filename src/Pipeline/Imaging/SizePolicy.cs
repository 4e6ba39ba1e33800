namespace Pggan.Pipeline;

/// <summary>What happens to images of another size than the wanted one.</summary>
public enum SizePolicy
{
    /// <summary>The largest centred rectangle of the wanted proportions is cut out and resized; of a square base, the largest square.</summary>
    CentreCrop,

    /// <summary>The whole image is resized, changing its proportions.</summary>
    Stretch,

    /// <summary>Only images of the wanted size, or of both its sides times the same power of two, are taken; others are bad images.</summary>
    Exact,
}
