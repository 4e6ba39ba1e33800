namespace Pggan.Pipeline;

/// <summary>A rectangle in an image, in pixels from its upper left corner.</summary>
internal readonly record struct CropBox(double X, double Y, double Width, double Height);
