namespace Pggan.Pipeline;

/// <summary>An image that is not used, and why.</summary>
/// <param name="Index">In the source.</param>
/// <param name="Name">File or entry.</param>
/// <param name="Reason">For the user.</param>
public sealed record SkippedImage(int Index, string Name, string Reason);
