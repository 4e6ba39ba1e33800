namespace Pggan.Model;

/// <summary>Whole labels from the components that are named of them: an attribute of which none is named has its first value, and other flags are off.</summary>
public static class WholeLabel
{
    /// <summary>So far beyond the size of a group that the remainder by it is even.</summary>
    private const long Far = 1L << 62;

    /// <summary>
    /// Labels that take turns where a network is shown, by what is named of them: the first one, which of flags alone is that of none, and each that
    /// differs from it by one thing, once. None for an unconditional network.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<int>> Turns(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        if (architecture.LabelGroups is not { } groups)
            return [.. Enumerable.Range(0, architecture.LabelSize).Select(component => (int[])[component])];
        List<int[]> turns = groups.AreFlags ? [[]] : [];
        bool isFirst = true;
        foreach ((int first, int size, bool areFlags) in groups.Parts())
        {
            // The first values of all attributes are one label.
            int skipped = areFlags || isFirst ? 0 : 1;
            isFirst &= areFlags;
            turns.AddRange(Enumerable.Range(first + skipped, size - skipped).Select(component => (int[])[component]));
        }
        return turns;
    }

    /// <summary>The components that are 1 in the whole label, in order; null = two of the named are values of one attribute.</summary>
    /// <param name="architecture">Of the network.</param>
    /// <param name="named">Components, counted from 0.</param>
    public static IReadOnlyList<int>? Of(NetworkArchitecture architecture, IEnumerable<int> named)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        SortedSet<int> whole = [.. named];
        foreach ((int first, int size, bool areFlags) in architecture.LabelGroups?.Parts() ?? [])
        {
            int values = areFlags ? 1 : whole.GetViewBetween(first, first + size - 1).Count;
            if (values > 1)
                return null;
            if (values == 0)
                whole.Add(first);
        }
        return [.. whole];
    }

    /// <summary>Random labels [N, S], each a function of (seed, purpose, number): a value of each attribute, all as often, and each flag as often on as off.</summary>
    internal static HostTensor Random(NetworkArchitecture architecture, int count, long seed, Purpose purpose, long number)
    {
        int size = architecture.LabelSize;
        float[] rows = new float[count * size];
        bool isOne = architecture.LabelGroups is null;
        LabelGroups groups = architecture.LabelGroups ?? [size];
        long[] drawn = Chance.Integers(count * groups.Count, isOne ? size : Far, seed, purpose, number);
        int first = 0;
        foreach ((int i, long value) in drawn.Index())
        {
            int group = groups[i % groups.Count], choices = Math.Abs(group);
            if (group == 1 && !isOne)
                rows[first] = value % 2;
            else
                rows[first + (int)(value % choices)] = 1;
            first += choices;
        }
        return new HostTensor([count, size], rows);
    }

    /// <summary>Labels [N, S] in which these components are 1.</summary>
    public static HostTensor Rows(NetworkArchitecture architecture, IReadOnlyList<IReadOnlyList<int>> labels)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(labels);
        int size = architecture.LabelSize;
        float[] rows = new float[labels.Count * size];
        foreach ((int row, IReadOnlyList<int> components) in labels.Index())
        {
            foreach (int component in components)
                rows[row * size + component] = 1;
        }
        return new HostTensor([labels.Count, size], rows);
    }
}
