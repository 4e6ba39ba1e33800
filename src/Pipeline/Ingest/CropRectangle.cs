namespace Pggan.Pipeline;

/// <summary>The part that is taken of every image, in pixels.</summary>
/// <param name="X">Columns to the left of it.</param>
/// <param name="Y">Rows above it.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Height">Its rows.</param>
public readonly record struct CropRectangle(int X, int Y, int Width, int Height);
