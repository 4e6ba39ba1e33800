using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>What pggan ingest is to do.</summary>
/// <param name="Source">Any dataset.</param>
/// <param name="Destination">The new one.</param>
/// <param name="Options">All but size and channels.</param>
/// <param name="Size">Width and height in pixels, or null: by the images.</param>
/// <param name="Channels">Or null: by the images.</param>
/// <param name="Labels">auto, none or a file.</param>
/// <param name="Attributes">Columns of the labels; none: all.</param>
/// <param name="Boxes">A file, or null.</param>
/// <param name="Overwrite">Whether a dataset that is there is replaced.</param>
/// <param name="Json">Whether the result is for programs.</param>
internal sealed record IngestRequest(
    string Source, string Destination, IngestOptions Options, (int Width, int Height)? Size, int? Channels, string Labels, string[] Attributes, string? Boxes, bool Overwrite, bool Json)
{
    /// <summary>The file of labels, or null.</summary>
    public string? LabelFile => Labels is "auto" or "none" ? null : Labels;
}
