namespace Pggan.Pipeline;

/// <summary>Which part of an image becomes the square of a dataset.</summary>
public enum CropPolicy
{
    /// <summary>The largest centred square.</summary>
    Centre,

    /// <summary>The full width, with black above and below: for pictures that are wider than high.</summary>
    Wide,

    /// <summary>A square around the image's box.</summary>
    Face,

    /// <summary>The whole image.</summary>
    None,

    /// <summary>The same rectangle of every image.</summary>
    Rectangle,
}
