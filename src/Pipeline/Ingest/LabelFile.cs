using System.Globalization;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>
/// Files of labels as tables: CSV and lists as CelebA has them, StyleGAN's dataset.json, and JSON objects by name, as pytorch_GAN_zoo reads them.
/// </summary>
internal static class LabelFile
{
    /// <summary>Reads a file, by its beginning.</summary>
    /// <exception cref="DatasetUnusableException">It is none of these; the message says where.</exception>
    public static NamedTable Read(string path, Predicate<string> isImage)
    {
        var description = DisplayName.Of(path);
        try
        {
            if (!IsJson(path))
                return NamedTable.Read(path, isImage);
            using var file = OrdinaryFile.Open(path);
            using var json = JsonDocument.Parse(file);
            return Read(json.RootElement, description);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or InvalidOperationException)
        {
            throw new DatasetUnusableException($"{description} cannot be read: {DisplayName.Of(error.Message)}", error);
        }
    }

    private static bool IsJson(string path)
    {
        using var file = OrdinaryFile.Open(path);
        if (file.Length > NamedTable.MaxFileBytes)
            throw new InvalidDataException($"{file.Length} bytes are more than the limit of {NamedTable.MaxFileBytes}");
        using var reader = new StreamReader(file);
        int first;
        do
            first = reader.Read();
        while (first >= 0 && char.IsWhiteSpace((char)first));
        return first is '{' or '[';
    }

    private static NamedTable Read(JsonElement root, string description)
    {
        string[]? names = null;
        if (root.ValueKind == JsonValueKind.Object)
        {
            if (root.TryGetProperty("classes", out var classes) && classes.ValueKind == JsonValueKind.Array)
                names = [.. classes.EnumerateArray().Select(name => name.ToString())];
            if (root.TryGetProperty("labels", out var labels) && labels.ValueKind is JsonValueKind.Array or JsonValueKind.Null)
            {
                root = labels.ValueKind == JsonValueKind.Array
                    ? labels
                    : throw new InvalidDataException("its \"labels\" are null: it has none");
            }
        }

        NamedTable? table = null;
        var kind = (IsList: false, IsObject: false);
        foreach (var (name, value) in Entries(root))
        {
            var its = (value.ValueKind == JsonValueKind.Array, value.ValueKind == JsonValueKind.Object);
            if (table is null)
                (table, kind) = (new NamedTable(description, Columns(value, names)) { ClassNames = names }, its);
            if (its != kind)
                throw new InvalidDataException($"the label of {DisplayName.Of(name)} is of another kind than those before");
            table.Add(name, Cells(name, value, table.Columns));
        }

        return table ?? throw new InvalidDataException("it holds no label");
    }

    private static IEnumerable<(string Name, JsonElement Value)> Entries(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object)
            return root.EnumerateObject().Select(entry => (entry.Name, entry.Value));
        return root.EnumerateArray().Select(pair => pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String
            ? (pair[0].GetString()!, pair[1])
            : throw new InvalidDataException("its labels are pairs [\"name\", label], as StyleGAN writes them"));
    }

    private static string[] Columns(JsonElement value, string[]? names) => value.ValueKind switch
    {
        JsonValueKind.Object => [.. value.EnumerateObject().Select(attribute => attribute.Name)],
        JsonValueKind.Array when names is not null && names.Length == value.GetArrayLength() => names,
        JsonValueKind.Array => [.. Enumerable.Range(0, value.GetArrayLength()).Select(i => i.ToString(CultureInfo.InvariantCulture))],
        _ => ["class"],
    };

    private static string[] Cells(string name, JsonElement value, IReadOnlyList<string> columns) => value.ValueKind switch
    {
        JsonValueKind.Object => [.. columns.Select(column => value.TryGetProperty(column, out var cell)
            ? Cell(name, cell)
            : throw new InvalidDataException($"{DisplayName.Of(name)} has no '{DisplayName.Of(column)}'"))],
        JsonValueKind.Array => [.. value.EnumerateArray().Select(cell => Cell(name, cell))],
        _ => [Cell(name, value)],
    };

    private static string Cell(string name, JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.String => cell.GetString()!,
        JsonValueKind.Number => cell.GetRawText(),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        _ => throw new InvalidDataException($"the label of {DisplayName.Of(name)} is no word, number, list or object of these"),
    };
}
