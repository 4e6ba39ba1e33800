using System.Globalization;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>The labels of a source: none, a class, some attributes or a vector per image.</summary>
internal sealed class SourceLabels
{
    /// <summary>A label of a million classes would be a typing error that costs gigabytes.</summary>
    internal const int MostClasses = 65536;

    /// <summary>Attributes of an image that are kept as bits.</summary>
    internal const int MostFlags = 64;

    private readonly int[]? _classes;
    private readonly float[]? _vectors;
    private readonly ulong[]? _flags;

    private SourceLabels(int size, IReadOnlyList<string> names, int[]? classes, float[]? vectors, ulong[]? flags = null)
    {
        Size = size;
        Names = names;
        _classes = classes;
        _vectors = vectors;
        _flags = flags;
    }

    public static SourceLabels None { get; } = new(0, [], null, null);

    public int Size { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>One class per image, each below the number of names.</summary>
    public static SourceLabels OfClasses(int[] classes, IReadOnlyList<string> names) => new(names.Count, names, classes, null);

    /// <summary>One class per image; the names are the numbers.</summary>
    public static SourceLabels OfClasses(int[] classes) => OfClasses(classes, Numbers(classes.Length == 0 ? 0 : classes.Max() + 1));

    /// <summary>The same classes, with names for them and for those that no image has.</summary>
    public SourceLabels WithNames(IReadOnlyList<string> names) => OfClasses(_classes!, names);

    /// <summary>One vector per image, [N, size].</summary>
    public static SourceLabels OfVectors(float[] vectors, int size) => OfVectors(vectors, Numbers(size));

    /// <summary>One vector per image, [N, names].</summary>
    public static SourceLabels OfVectors(float[] vectors, IReadOnlyList<string> names) => new(names.Count, names, null, vectors);

    /// <summary>Up to 64 attributes per image, each there (1) or not (0): the first is the lowest bit.</summary>
    public static SourceLabels OfFlags(ulong[] flags, IReadOnlyList<string> names) => new(names.Count, names, null, null, flags);

    /// <summary>Folders as classes: only where every image is in a folder and there are at least two.</summary>
    public static SourceLabels OfFolders(IReadOnlyList<string> names)
    {
        var folders = new string[names.Count];
        var numbered = true;
        for (var i = 0; i < folders.Length; i++)
        {
            var slash = names[i].IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                return None;
            folders[i] = names[i][..slash];

            // StyleGAN's 00000/img00000000.png: folders that only keep directories short.
            numbered &= slash == 5 && folders[i].All(char.IsAsciiDigit) && names[i].AsSpan(slash + 1).StartsWith("img", StringComparison.Ordinal);
        }

        var classes = folders.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (classes.Count < 2 || numbered)
            return None;
        var numberOf = classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        return OfClasses([.. folders.Select(folder => numberOf[folder])], classes);
    }

    /// <summary>The labels of dataset.json for images of these names; none when it says null.</summary>
    /// <exception cref="DatasetUnusableException">Not as StyleGAN writes it, or an image without a label.</exception>
    public static SourceLabels OfJson(ReadOnlyMemory<byte> json, IReadOnlyList<string> names, string description)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (!root.TryGetProperty("labels", out var labels) || labels.ValueKind == JsonValueKind.Null)
                return None;

            var byName = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var pair in labels.EnumerateArray())
                byName[pair[0].GetString() ?? ""] = pair[1];

            var elements = new JsonElement[names.Count];
            for (var i = 0; i < elements.Length; i++)
            {
                if (!byName.TryGetValue(names[i], out elements[i]))
                    throw new DatasetUnusableException($"{description}: dataset.json has no label for {DisplayName.Of(names[i])}");
            }

            if (elements.Length == 0)
                return None;
            return elements[0].ValueKind == JsonValueKind.Array ? Vectors(elements, root) : Classes(elements, root, description);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new DatasetUnusableException($"{description}: dataset.json is not as StyleGAN writes it: {error.Message}", error);
        }
    }

    public void Copy(int index, Span<float> label)
    {
        if (label.Length != Size)
            throw new ArgumentException($"{label.Length} elements for a label of {Size}", nameof(label));
        if (_vectors is not null)
        {
            _vectors.AsSpan(index * Size, Size).CopyTo(label);
        }
        else if (_classes is not null)
        {
            label.Clear();
            label[_classes[index]] = 1;
        }
        else if (_flags is not null)
        {
            for (var i = 0; i < label.Length; i++)
                label[i] = _flags[index] >> i & 1;
        }
    }

    private static SourceLabels Classes(JsonElement[] elements, JsonElement root, string description)
    {
        var classes = elements.Select(element => element.GetInt32()).ToArray();
        if (classes.Min() < 0 || classes.Max() >= MostClasses)
            throw new DatasetUnusableException($"{description}: dataset.json has a class outside 0 to {MostClasses - 1}");

        var count = classes.Max() + 1;
        return NamesIn(root) is { } names && names.Length >= count ? OfClasses(classes, names) : OfClasses(classes);
    }

    /// <summary>The list "classes", which StyleGAN's reader passes by.</summary>
    private static string[]? NamesIn(JsonElement root) =>
        root.TryGetProperty("classes", out var named) && named.ValueKind == JsonValueKind.Array
            ? [.. named.EnumerateArray().Select(name => name.ToString())]
            : null;

    private static SourceLabels Vectors(JsonElement[] elements, JsonElement root)
    {
        var size = elements[0].GetArrayLength();
        for (var i = 0; i < elements.Length; i++)
        {
            // Before the memory for all: a long first label alone must not cost as much as if all had its length.
            if (elements[i].GetArrayLength() != size)
                throw new FormatException($"label {i} has {elements[i].GetArrayLength()} elements, the first has {size}");
        }

        if ((long)elements.Length * size > Array.MaxLength)
            throw new FormatException($"{elements.Length} labels of {size} elements are too many");
        var vectors = new float[elements.Length * size];
        for (var i = 0; i < elements.Length; i++)
        {
            var j = i * size;
            foreach (var element in elements[i].EnumerateArray())
            {
                vectors[j] = element.GetSingle();
                if (!float.IsFinite(vectors[j++]))
                    throw new FormatException($"label {i} holds {element}; labels must be finite");
            }
        }

        return NamesIn(root) is { } named && named.Length == size ? OfVectors(vectors, named) : OfVectors(vectors, size);
    }

    private static string[] Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
