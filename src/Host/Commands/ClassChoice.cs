using Pggan.Model;

namespace Pggan.Host;

/// <summary>A label as typed: a class, or several attributes at once.</summary>
/// <param name="Elements">Components of the whole label that are 1, counted from 0.</param>
internal sealed record ClassChoice(IReadOnlyList<int> Elements)
{
    /// <summary>The components by number, as in the names of files: <c>3</c>, or <c>3+7</c>; <c>none</c> where there are none.</summary>
    public string Text { get; } = Elements.Count == 0 ? GeneratorSnapshot.NoFlag : string.Join('+', Elements);

    /// <summary>Their names, or null where the network has none.</summary>
    public string? NameIn(IReadOnlyList<string> names) =>
        names.Count == 0 ? null : Elements.Count == 0 ? GeneratorSnapshot.NoFlag : string.Join('+', Elements.Select(element => names[element]));

    /// <summary>Writes the label.</summary>
    public void CopyTo(Span<float> label)
    {
        label.Clear();
        foreach (int element in Elements)
            label[element] = 1;
    }
}
