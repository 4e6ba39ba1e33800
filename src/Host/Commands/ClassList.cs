using System.Globalization;

namespace Pggan.Host;

/// <summary>Classes as typed: <c>3</c>, or <c>0-9,12</c> for the images in turn.</summary>
internal static class ClassList
{
    /// <summary>The classes in the order written; none where nothing was typed.</summary>
    /// <param name="text">What follows --class; null = nothing.</param>
    /// <param name="classes">How many the network knows.</param>
    /// <exception cref="UserException">They are not those of the network.</exception>
    public static IReadOnlyList<int> Parse(string? text, int classes)
    {
        if (text is null)
            return [];
        if (classes == 0)
            throw new UserException($"--class {text}: this network knows no classes; leave the option out.");
        List<int> list = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || Number(ends[0]) is not { } first || Number(ends[^1]) is not { } last || last < first || last >= classes)
                throw new UserException($"--class {text}: this network's classes are 0 to {classes - 1}; write one, or several as 0-9,12.");
            list.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return list.Count <= classes ? list : throw new UserException($"--class {text}: a class is named twice.");
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
