namespace Pggan.Model;

/// <summary>What a pickle holds: null, bool, long, double, string, <see cref="ReadOnlyMemory{T}"/> of bytes, or one of these.</summary>
internal abstract class PickleNode
{
    /// <summary>Pickles of networks nest about ten deep.</summary>
    private const int MostDepth = 32;

    private int depth = 1;

    /// <summary>Counts how deep what is put into this node goes.</summary>
    /// <exception cref="InvalidDataException">Too deep for any network.</exception>
    protected void Hold(object? value)
    {
        if (value is not PickleNode node || node.depth < depth)
            return;
        depth = node.depth + 1;
        if (depth > MostDepth)
            throw new InvalidDataException($"values are nested deeper than {MostDepth}");
    }
}

/// <summary>The name of a class or function. It is never looked up.</summary>
/// <param name="name">Module and name with a dot between.</param>
internal sealed class PickleGlobal(string name) : PickleNode
{
    public string Name => name;
}

/// <summary>A list or a tuple.</summary>
internal sealed class PickleSequence : PickleNode
{
    private readonly List<object?> items = [];

    public IReadOnlyList<object?> Items => items;

    public PickleSequence With(ReadOnlySpan<object?> values)
    {
        foreach (object? value in values)
            Hold(value);
        items.AddRange(values);
        return this;
    }
}

/// <summary>A dictionary, its pairs in the order of the file.</summary>
internal sealed class PickleDictionary : PickleNode
{
    private readonly List<KeyValuePair<object?, object?>> pairs = [];

    public IReadOnlyList<KeyValuePair<object?, object?>> Pairs => pairs;

    public void Add(object? key, object? value)
    {
        Hold(key);
        Hold(value);
        pairs.Add(KeyValuePair.Create(key, value));
    }

    /// <summary>The value under a text; of several the last, as in Python.</summary>
    public bool TryGet(string key, out object? value)
    {
        int index = pairs.FindLastIndex(pair => pair.Key is string text && text == key);
        value = index < 0 ? null : pairs[index].Value;
        return index >= 0;
    }
}

/// <summary>
/// What Python would make by calling a global, or find by a persistent id: kept as a description of the call. Nothing is called.
/// </summary>
internal sealed class PickleCall : PickleNode
{
    /// <param name="maker">The global; null for a persistent id.</param>
    /// <param name="arguments">Of the call, or the id.</param>
    public PickleCall(PickleGlobal? maker, PickleSequence arguments)
    {
        (Maker, Arguments) = (maker?.Name ?? PersistentId, arguments.Items);
        Hold(arguments);
    }

    /// <summary>Stands for the global of a persistent id.</summary>
    public const string PersistentId = "persistent id";

    /// <summary>Name of the global.</summary>
    public string Maker { get; }

    public IReadOnlyList<object?> Arguments { get; }

    /// <summary>What the object's own state would be set to; null = nothing.</summary>
    public object? State { get; private set; }

    /// <summary>What would be put into it as into a dictionary.</summary>
    public PickleDictionary Items { get; } = new();

    public void SetState(object? state)
    {
        Hold(state);
        State = state;
    }

    public void Add(object? key, object? value)
    {
        Items.Add(key, value);
        Hold(Items);
    }
}
