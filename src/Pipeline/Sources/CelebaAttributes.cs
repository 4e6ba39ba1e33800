using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>CelebA's attributes of images by their file names, as list_attr_celeba.txt or Kaggle's list_attr_celeba.csv has them.</summary>
public sealed class CelebaAttributes
{
    /// <summary>The most attributes; CelebA has 40.</summary>
    public const int MostAttributes = 64;

    /// <summary>The most bytes of such a file; CelebA's has 27 MB.</summary>
    internal const int MostBytes = 256 << 20;

    private readonly Dictionary<string, ulong> _flags = new(StringComparer.Ordinal);

    private CelebaAttributes(string[] names) => Names = names;

    /// <summary>The names that such files have.</summary>
    public static IReadOnlyList<string> FileNames { get; } = ["list_attr_celeba.txt", "list_attr_celeba.csv"];

    /// <summary>The attributes, "Smiling" and the like, in the order of a label's elements.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Images that are listed.</summary>
    public int Count => _flags.Count;

    /// <summary>The attributes of an image: bit i is set where it has attribute i.</summary>
    /// <param name="fileName">"000001.jpg"; without folders.</param>
    /// <param name="flags">None where the image is not listed.</param>
    public bool TryGet(string fileName, out ulong flags) => _flags.TryGetValue(fileName, out flags);

    /// <summary>
    /// Reads a file: a line with the number of images, one with the names, and one for each image, all separated by spaces; or names and images
    /// separated by commas. An attribute is 1, or -1 or 0 where it is missing.
    /// </summary>
    /// <exception cref="InvalidDataException">Written otherwise, or cut off.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CelebaAttributes Read(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var line = reader.ReadLine() ?? "";
        var hasCount = int.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var announced);
        if (hasCount)
            line = reader.ReadLine() ?? "";
        var separator = line.Contains(',', StringComparison.Ordinal) ? ',' : ' ';
        var names = Parts(line, separator);
        if (!hasCount && separator == ',')
            names = [.. names.Skip(1)]; // "image_id"
        if ((!hasCount && separator == ' ') || names.Length is 0 or > MostAttributes)
            throw new InvalidDataException($"it does not begin with the number of images and 1 to {MostAttributes} names of attributes");

        var attributes = new CelebaAttributes(names);
        for (var number = hasCount ? 3 : 2; reader.ReadLine() is { } row; number++)
        {
            var parts = Parts(row, separator);
            if (parts.Length == 0)
                continue;
            if (parts.Length != names.Length + 1)
                throw new InvalidDataException($"line {number} has {parts.Length - 1} values for {names.Length} attributes");
            attributes._flags[parts[0]] = Flags(parts, number);
        }

        if (hasCount && attributes.Count != announced)
            throw new InvalidDataException($"it announces {announced} images and lists {attributes.Count}");
        return attributes;
    }

    private static ulong Flags(string[] parts, int number)
    {
        var flags = 0ul;
        for (var i = 1; i < parts.Length; i++)
        {
            flags |= parts[i] switch
            {
                "1" => 1ul << (i - 1),
                "-1" or "0" => 0,
                _ => throw new InvalidDataException($"line {number} has the value '{DisplayName.Of(parts[i])}'; attributes are 1 or -1"),
            };
        }

        return flags;
    }

    private static string[] Parts(string line, char separator) =>
        line.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
