namespace Pggan.Pipeline;

/// <summary>An image with the pixels of an earlier one.</summary>
/// <param name="Name">File or entry.</param>
/// <param name="First">The first with these pixels.</param>
public sealed record DuplicateImage(string Name, string First);
