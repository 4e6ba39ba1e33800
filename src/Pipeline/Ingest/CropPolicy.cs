namespace Pggan.Pipeline;

/// <summary>Which part of an image becomes one of a dataset.</summary>
public enum CropPolicy
{
    /// <summary>The largest centred rectangle of the proportions that are wanted, such as a square.</summary>
    Centre,

    /// <summary>The full width, with black above and below to a square: for pictures that are wider than high.</summary>
    Wide,

    /// <summary>The rectangle of these proportions around the image's box.</summary>
    Face,

    /// <summary>The whole image.</summary>
    None,

    /// <summary>The same rectangle of every image.</summary>
    Rectangle,
}
