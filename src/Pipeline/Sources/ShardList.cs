using System.Globalization;
using System.Text.RegularExpressions;

namespace Pggan.Pipeline;

/// <summary>The files that a dataset of several consists of.</summary>
internal static partial class ShardList
{
    /// <summary>Each is held open.</summary>
    private const int Most = 4096;

    /// <summary>
    /// A file alone; of a folder the files with an ending, or those of them whose names begin with "train" where others do not; of a list in
    /// braces as the shell knows them ("x-{000..041}.tar", "{a,b}.tar") all that it names.
    /// </summary>
    /// <exception cref="DatasetUnusableException">None, or too many.</exception>
    public static string[] Of(string path, string ending)
    {
        string[] files = Directory.Exists(path) ? InFolder(path, ending) : File.Exists(path) ? [path] : [.. Expand(path).Take(Most + 1)];
        if (files.Length == 0)
            throw new DatasetUnusableException($"there is no {ending} file in {DisplayName.Of(path)}");
        if (files.Length > Most)
            throw new DatasetUnusableException($"{DisplayName.Of(path)} has more than {Most} files; join some of them");
        return files;
    }

    /// <summary>Whether a path that is not there names files by braces.</summary>
    public static bool IsList(string path) => Braces().IsMatch(path);

    /// <summary>What a list in braces names, in order.</summary>
    internal static IEnumerable<string> Expand(string pattern)
    {
        var match = Braces().Match(pattern);
        if (!match.Success)
            return [pattern];
        var (before, after) = (pattern[..match.Index], pattern[(match.Index + match.Length)..]);
        return Choices(match.Groups[1].Value).SelectMany(choice => Expand(after).Select(rest => before + choice + rest));
    }

    private static string[] InFolder(string folder, string ending)
    {
        var files = Directory.EnumerateFiles(folder)
            .Where(file => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(file).StartsWith('.'))
            .Order(StringComparer.Ordinal).ToArray();
        var train = Array.FindAll(files, file => Path.GetFileName(file).StartsWith("train", StringComparison.OrdinalIgnoreCase));
        return train.Length > 0 ? train : files;
    }

    private static IEnumerable<string> Choices(string list)
    {
        if (Numbers().Match(list) is not { Success: true } match)
            return list.Split(',');
        var (first, last) = (match.Groups[1].Value, match.Groups[2].Value);
        var start = int.Parse(first, CultureInfo.InvariantCulture);
        var end = int.Parse(last, CultureInfo.InvariantCulture);
        return Enumerable.Range(0, Math.Abs(end - start) + 1)
            .Select(step => (start + Math.Sign(end - start) * step).ToString(CultureInfo.InvariantCulture).PadLeft(first.Length, '0'));
    }

    [GeneratedRegex(@"\{((?:[0-9]{1,8}\.\.[0-9]{1,8})|(?:[^{},]*(?:,[^{},]*)+))\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"^([0-9]{1,8})\.\.([0-9]{1,8})$")]
    private static partial Regex Numbers();
}
