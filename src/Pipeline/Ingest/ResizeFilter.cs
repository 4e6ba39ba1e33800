namespace Pggan.Pipeline;

/// <summary>How an image is brought to another size.</summary>
public enum ResizeFilter
{
    /// <summary>Lanczos' filter of three lobes: sharp.</summary>
    Lanczos,

    /// <summary>The mean over the area that a pixel covers, in exact integers; where sides are halved, what a pyramid does.</summary>
    Box,
}
