using System.Globalization;

namespace Pggan.Host;

/// <summary>Seeds as typed: <c>0-15,99</c>.</summary>
internal static class SeedList
{
    private const int Most = 100_000;

    /// <summary>The seeds in the order written.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="option">Behind which option.</param>
    /// <exception cref="UserException">It is no list of seeds, or too long.</exception>
    public static IReadOnlyList<long> Parse(string text, string option = "--seeds")
    {
        List<long> seeds = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            long first = Number(dash < 0 ? part : part[..dash], text, option), last = dash < 0 ? first : Number(part[(dash + 1)..], text, option);
            if (last < first)
                throw new UserException($"{option} {text}: {part} runs backwards.");
            if (last - first >= Most - seeds.Count)
                throw new UserException($"{option} {text}: at most {Most} seeds at once.");
            for (long i = 0; i <= last - first; i++)
                seeds.Add(first + i);
        }
        return seeds;
    }

    private static long Number(string text, string whole, string option) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new UserException($"{option} {whole} is no list of seeds; write it as 0-15,99.");
}
