using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// Classes as typed: <c>3</c>, <c>tench</c>, or <c>0-9,tench</c> for the images in turn; <c>Male+Smiling</c> is both attributes at once. A number is a
/// place in the label; a name is looked for as it is written, then in any case.
/// </summary>
internal static class ClassList
{
    private const int MostNamed = 12;

    /// <summary>The choices in the order written; none where nothing was typed.</summary>
    /// <param name="text">What follows --class; null = nothing.</param>
    /// <param name="network">Whose labels they are.</param>
    /// <exception cref="UserException">They are not those of the network.</exception>
    public static IReadOnlyList<ClassChoice> Parse(string? text, GeneratorSnapshot network)
    {
        if (text is null)
            return [];
        int classes = network.Architecture.LabelSize;
        if (classes == 0)
            throw new UserException($"--class {text}: this network knows no classes; leave the option out.");

        // A name may hold the comma that else stands between two.
        if (text.Contains(',', StringComparison.Ordinal) && network.LabelOf(text.Trim()) is { } whole)
            return [new ClassChoice([whole])];
        List<ClassChoice> list = [];
        HashSet<string> taken = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            foreach (ClassChoice choice in Range(part, classes) ?? [new ClassChoice(Elements(part, network) ?? throw Unknown(text, part, network))])
            {
                if (!taken.Add(choice.Text))
                    throw new UserException($"--class {text}: a class is named twice.");
                list.Add(choice);
            }
        }
        return list;
    }

    /// <summary>The number of the one class that is named; null where nothing was typed.</summary>
    /// <exception cref="UserException">It is none of the network's, or more than one.</exception>
    public static int? ParseOne(string? text, GeneratorSnapshot network) => Parse(text, network) switch
    {
        [] => null,
        [{ Elements: [int element] }] => element,
        _ => throw new UserException($"--class {text}: one class is asked for here."),
    };

    /// <summary>Fails where a conditional network is to draw and no class is named.</summary>
    public static UserException Missing(GeneratorSnapshot network) =>
        new($"This network is conditional: name one of its classes, {Known(network)}, or several in turn with --class.");

    private static IEnumerable<ClassChoice>? Range(string part, int classes)
    {
        string[] ends = part.Split('-');
        return ends.Length == 2 && Number(ends[0]) is { } first && Number(ends[1]) is { } last && first <= last && last < classes
            ? Enumerable.Range(first, last - first + 1).Select(number => new ClassChoice([number]))
            : null;
    }

    private static IReadOnlyList<int>? Elements(string part, GeneratorSnapshot network)
    {
        if (Element(part, network) is { } one)
            return [one];
        int?[] several = [.. part.Split('+', StringSplitOptions.TrimEntries).Select(name => Element(name, network))];
        return several.Length > 1 && several.All(element => element is not null) ? [.. several.Select(element => element!.Value).Distinct().Order()] : null;
    }

    private static int? Element(string text, GeneratorSnapshot network) =>
        Number(text) is { } number && number < network.Architecture.LabelSize ? number : network.LabelOf(text);

    private static UserException Unknown(string text, string part, GeneratorSnapshot network) =>
        network.LabelNames.Contains(part, StringComparer.OrdinalIgnoreCase)
            ? new($"--class {text}: several of this network's classes are called {part}; take their numbers, from 0 to {network.Architecture.LabelSize - 1}.")
            : new($"--class {text}: this network's classes are {Known(network)}, and '{part}' is none; write one, or several as 0-9,12."
                + DidYouMean.Hint(part, network.LabelNames));

    private static string Known(GeneratorSnapshot network)
    {
        string numbers = $"0 to {network.Architecture.LabelSize - 1}";
        return network.LabelNames.Count == 0
            ? numbers
            : $"{numbers} ({string.Join(", ", network.LabelNames.Take(MostNamed).Select(DisplayName.Of))}{(network.LabelNames.Count > MostNamed ? ", …" : "")})";
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
