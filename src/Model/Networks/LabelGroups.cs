using System.Collections.ObjectModel;

namespace Pggan.Model;

/// <summary>
/// How the components of a label belong together: the sizes of its groups, in order. A group of several is one choice among them, as among the values
/// of an attribute; a group of one is a flag by itself, there (1) or not (0). An attribute of a single value, which all images have, is no flag, and
/// written as <see cref="Always"/>. Two are equal when their sizes are.
/// </summary>
public sealed class LabelGroups : Collection<int>, IEquatable<LabelGroups>
{
    /// <summary>In place of a size: a choice of one, which is 1 in every label.</summary>
    public const int Always = -1;

    /// <summary>What the shares of a choice may miss of 1.</summary>
    private const double Rounding = 1e-3;

    private const int MostShown = 8;

    /// <summary>Without sizes.</summary>
    public LabelGroups()
    {
    }

    /// <summary>A copy.</summary>
    public LabelGroups(IEnumerable<int> sizes)
        : base([.. sizes])
    {
    }

    /// <summary>True where there are flags and nothing else: only then a label may have no component that is 1.</summary>
    public bool AreFlags => this.All(size => size == 1);

    /// <summary>
    /// The groups of a dataset's labels, or null: all components are one choice. They are where every label adds up to 1: one class, or shares of
    /// classes. Of other labels, neighbours whose names share an attribute (<see cref="AttributeName"/>) are a choice where they add up to 1 in every
    /// label; each component that is left is a flag.
    /// </summary>
    /// <param name="labels">All labels of the dataset; each is looked at.</param>
    /// <param name="known">Groups of networks that learnt such labels, which go before those of the names where the labels are so; null = none.</param>
    /// <exception cref="InvalidDataException">A component is not from 0 to 1; the message names it.</exception>
    public static LabelGroups? Of(LabelTable labels, LabelGroups? known = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        float[] label = new float[labels.Size];
        if (Enumerable.Range(0, labels.Count).All(IsOneChoice))
            return null;

        int[] sizes = known?.AreOf(labels.Size) == true ? [.. known] : SizesByName(labels.Names, labels.Size);
        bool[] areChoices = [.. sizes.Select(_ => true)];
        for (int image = 0; image < labels.Count; image++)
        {
            labels.Copy(image, label);
            if (Array.FindIndex(label, component => !(component >= 0 && component <= 1 + Rounding)) is >= 0 and int odd)
            {
                string name = labels.Names.Count == labels.Size ? $" ({labels.Names[odd]})" : "";
                throw new InvalidDataException(
                    $"component {odd}{name} of label {image} is {label[odd]}, and must be from 0 to 1: the share of a class, or whether the image has it");
            }
            for (int group = 0, first = 0; group < sizes.Length; first += Math.Abs(sizes[group++]))
                areChoices[group] = areChoices[group] && AddsUpToOne(label.AsSpan(first, Math.Abs(sizes[group])));
        }
        return new LabelGroups(sizes.SelectMany((size, group) => areChoices[group] ? [size] : Enumerable.Repeat(1, Math.Abs(size))));

        bool IsOneChoice(int image)
        {
            labels.Copy(image, label);
            return AddsUpToOne(label);
        }
    }

    /// <summary>True when they are groups of a label of so many components.</summary>
    public bool AreOf(int components) => this.All(size => size is >= 1 or Always) && this.Sum(size => (long)Math.Abs(size)) == components;

    /// <inheritdoc/>
    public bool Equals(LabelGroups? other) => other is not null && this.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelGroups);

    /// <inheritdoc/>
    public override int GetHashCode() => this.Aggregate(0, HashCode.Combine);

    /// <summary>The first sizes.</summary>
    public override string ToString() => string.Join(',', this.Take(MostShown)) + (Count > MostShown ? ",…" : "");

    /// <summary>Where the groups are; flags that are neighbours as one part.</summary>
    internal IEnumerable<(int First, int Size, bool AreFlags)> Parts()
    {
        int first = 0;
        for (int group = 0; group < Count;)
        {
            int size = Math.Abs(this[group]);
            bool areFlags = this[group++] == 1;
            for (; areFlags && group < Count && this[group] == 1; group++)
                size++;
            yield return (first, size, areFlags);
            first += size;
        }
    }

    /// <summary>Neighbours of the same attribute together.</summary>
    internal static int[] SizesByName(IReadOnlyList<string> names, int count)
    {
        List<int> sizes = [];
        string? last = null;
        for (int component = 0; component < count; component++)
        {
            string? attribute = names.Count == count ? AttributeName.Split(names[component]).Attribute : null;
            if (attribute is not null && attribute == last)
                sizes[^1]++;
            else
                sizes.Add(1);
            last = attribute;
        }
        return [.. sizes];
    }

    private static bool AddsUpToOne(ReadOnlySpan<float> shares)
    {
        double sum = 0;
        foreach (float share in shares)
        {
            if (share < 0)
                return false;
            sum += share;
        }
        return Math.Abs(sum - 1) <= Rounding;
    }
}
