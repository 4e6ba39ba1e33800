using System.Globalization;

namespace Pggan.Host;

/// <summary>Seeds as typed: <c>0-15,99</c>.</summary>
internal static class SeedList
{
    private const int Most = 100_000;

    /// <summary>The seeds in the order written.</summary>
    /// <exception cref="UserException">It is no list of seeds, or too long.</exception>
    public static IReadOnlyList<long> Parse(string text)
    {
        List<long> seeds = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            long first = Number(dash < 0 ? part : part[..dash], text), last = dash < 0 ? first : Number(part[(dash + 1)..], text);
            if (last < first)
                throw new UserException($"--seeds {text}: {part} runs backwards.");
            if (last - first >= Most - seeds.Count)
                throw new UserException($"--seeds {text}: at most {Most} seeds at once.");
            for (long i = 0; i <= last - first; i++)
                seeds.Add(first + i);
        }
        return seeds;
    }

    private static long Number(string text, string whole) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
        ? number
        : throw new UserException($"--seeds {whole} is no list of seeds; write it as 0-15,99.");
}
