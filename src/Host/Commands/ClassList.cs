using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// Classes as typed: <c>3</c>, <c>tench</c>, or <c>0-9,tench</c> for the images in turn; <c>Male+Smiling</c> is both attributes at once. What each means,
/// <see cref="GeneratorSnapshot.ComponentsOf"/> says. Attributes that are not named have their first value.
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
        if (network.Architecture.LabelSize == 0)
            throw new UserException($"--class {text}: this network knows no classes; leave the option out.");

        // A name may hold the comma that else stands between two.
        if (text.Contains(',', StringComparison.Ordinal) && network.LabelOf(text.Trim()) is { } whole)
            return [Whole([whole], text, network)];
        List<ClassChoice> list = [];
        HashSet<string> taken = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            IEnumerable<ClassChoice> choices = network.ComponentsOf(part) is { } components
                ? [Whole(components, text, network)]
                : (Range(part, network) ?? throw Unknown(text, part, network))
                    .Select(one => Whole(one, text, network)).DistinctBy(choice => choice.Text); // first values of attributes are one label
            foreach (ClassChoice choice in choices)
            {
                if (!taken.Add(choice.Text))
                    throw Twice(text, choice, network);
                list.Add(choice);
            }
        }
        return list;
    }

    /// <summary>The one choice that is named; null where nothing was typed.</summary>
    /// <exception cref="UserException">It is none of the network's, or there are several in turn.</exception>
    public static ClassChoice? ParseOne(string? text, GeneratorSnapshot network) => Parse(text, network) switch
    {
        [] => null,
        [var one] => one,
        _ => throw new UserException($"--class {text}: one class is asked for here."),
    };

    /// <summary>Fails where a conditional network is to draw and no class is named.</summary>
    public static UserException Missing(GeneratorSnapshot network) =>
        new($"This network is conditional: name one of its classes, {Known(network)}, or several in turn with --class.");

    /// <summary>What each number from one to another means; null where one means nothing.</summary>
    private static List<IReadOnlyList<int>>? Range(string part, GeneratorSnapshot network)
    {
        string[] ends = part.Split('-');
        if (ends.Length != 2 || Number(ends[0]) is not { } first || Number(ends[1]) is not { } last || first > last || last - first >= network.Architecture.LabelSize)
            return null;
        List<IReadOnlyList<int>> range = [];
        for (int number = first; range.Count <= last - first; number++)
        {
            if (network.ComponentsOf(number.ToString(CultureInfo.InvariantCulture)) is not { } components)
                return null;
            range.Add(components);
        }
        return range;
    }

    private static ClassChoice Whole(IReadOnlyList<int> named, string text, GeneratorSnapshot network) => new(
        WholeLabel.Of(network.Architecture, named) ?? throw new UserException($"--class {text}: two values of one attribute are named together; name one of each."));

    private static UserException Twice(string text, ClassChoice choice, GeneratorSnapshot network) => new(
        $"--class {text}: {DisplayName.Of(choice.NameIn(network.LabelNames) ?? choice.Text)} is named twice"
        + $"{(network.Architecture.LabelGroups is { AreFlags: false } ? "; attributes that are not named have their first value" : "")}.");

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
