namespace Pggan.Model;

/// <summary>Names of a label's components that are values of an attribute: <c>hair: red</c>, or <c>hair=red</c> as datasets have it.</summary>
public static class AttributeName
{
    private const string Separator = ": ";
    private const char OfDatasets = '=';

    /// <summary>Attribute and value; without an attribute, null and the name itself.</summary>
    public static (string? Attribute, string Value) Split(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int at = name.IndexOf(Separator, StringComparison.Ordinal), length = Separator.Length;
        if (name.IndexOf(OfDatasets, StringComparison.Ordinal) is >= 0 and int equals && (at < 0 || equals < at))
            (at, length) = (equals, 1);
        return at > 0 ? (name[..at], name[(at + length)..]) : (null, name);
    }

    /// <summary>True for a name as <see cref="Of"/> makes it.</summary>
    internal static bool IsOfImport(string name) => Split(name) is ({ } attribute, var value) && name == Of(attribute, value);

    /// <summary>A value's name.</summary>
    public static string Of(string attribute, string value) => attribute + Separator + value;
}
