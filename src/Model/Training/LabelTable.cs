namespace Pggan.Model;

/// <summary>The labels of a dataset, to draw the generator's labels from, so that its classes are as frequent as the reals'.</summary>
/// <param name="Count">Images in the dataset.</param>
/// <param name="Size">Components of a label.</param>
/// <param name="Copy">Writes the label of an image (0 to Count - 1) into a span of Size floats.</param>
public sealed record LabelTable(int Count, int Size, LabelTable.CopyLabel Copy)
{
    /// <summary>Names of the components in their order, kept with the networks; none where they have no names.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Writes the label of image <paramref name="index"/>.</summary>
    public delegate void CopyLabel(int index, Span<float> label);
}
