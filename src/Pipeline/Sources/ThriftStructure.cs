namespace Pggan.Pipeline;

/// <summary>A structure of a description in Thrift's compact protocol: which fields it has, and what they are.</summary>
internal sealed class ThriftStructure
{
    private const int List = 1 << 9;
    private const int Structure = 1 << 12;

    /// <summary>By their words the types, a bit each, that a value may have. A whole number is written alike whatever its size, and a flag is its type.</summary>
    private static readonly Dictionary<string, int> Plain = new()
    {
        ["flag"] = (1 << 1) | (1 << 2),
        ["byte"] = 1 << 3,
        ["int"] = (1 << 4) | (1 << 5) | (1 << 6),
        ["double"] = 1 << 7,
        ["text"] = 1 << 8,
    };

    private ThriftField?[] _fields = [];

    private ThriftStructure(string name) => Name = name;

    /// <summary>For a person.</summary>
    public string Name { get; }

    /// <summary>The field that says how many of those that follow in their list lie beneath one; 0 = they are no tree.</summary>
    public int Children { get; private init; }

    /// <summary>Reads structures, one a line: a name, then the fields from number 1 on, "-" for a number that is left out and "*" behind what is a list.</summary>
    /// <param name="lines">The structures.</param>
    /// <param name="tree">The one that is a tree.</param>
    /// <param name="children">Its <see cref="Children"/>.</param>
    public static IReadOnlyDictionary<string, ThriftStructure> Parse(string lines, string tree, int children)
    {
        var words = Array.ConvertAll(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var structures = words.ToDictionary(line => line[0], line => new ThriftStructure(line[0]) { Children = line[0] == tree ? children : 0 });
        foreach (var line in words)
            structures[line[0]]._fields = Array.ConvertAll(line[1..], Field);
        return structures;

        ThriftField? Field(string word)
        {
            var name = word.TrimEnd('*');
            if (name == "-")
                return null;
            var types = Plain.GetValueOrDefault(name, Structure);
            return new ThriftField(name == word ? types : List, types, types == Structure ? structures[name] : null);
        }
    }

    /// <summary>A field by its number; null for one that is not known, and so passed over.</summary>
    public ThriftField? this[long number] => number <= _fields.Length ? _fields[number - 1] : null;
}
