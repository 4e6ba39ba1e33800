using System.Text.Json;
using Parquet.Schema;

namespace Pggan.Pipeline;

/// <summary>Which columns of a Parquet file are the images and the labels, and the names of the classes.</summary>
/// <param name="Image">Encoded images.</param>
/// <param name="Label">Classes, numbers or texts; null where there are none.</param>
/// <param name="ClassNames">Of numbered classes, as Hugging Face notes them; empty where it doesn't.</param>
internal sealed record ParquetFeatures(DataField Image, DataField? Label, string[] ClassNames)
{
    private static readonly string[] ImageNames = ["image", "img", "jpg", "png", "picture"];
    private static readonly string[] LabelNames = ["label", "labels", "class", "cls"];

    /// <summary>Those that Hugging Face's note says, else by their names and types.</summary>
    /// <exception cref="InvalidDataException">There is no column of images.</exception>
    public static ParquetFeatures Of(DataField[] columns, string? note)
    {
        var (noted, names) = Read(note);
        var binary = Array.FindAll(columns, column => column.ClrType == typeof(ReadOnlyMemory<byte>));
        var image = Array.ConvertAll<string, DataField?>([.. noted.GetValueOrDefault("Image", []), .. ImageNames], name => Array.Find(binary, column => IsOf(column, name)))
            .FirstOrDefault(column => column is not null) ?? (binary.Length == 1 ? binary[0] : null);
        if (image is null)
            throw new InvalidDataException($"it has no column of images: one called \"image\", with bytes; there are {string.Join(", ", columns.Select(column => DisplayName.Of(column.Path.ToString())))}");
        string[] classes = noted.GetValueOrDefault("ClassLabel", []);
        var label = Array.ConvertAll<string, DataField?>([.. classes.OrderByDescending(name => name == "label"), .. LabelNames], name => Array.Find(columns, column => IsLabel(column) && column.Path.ToString() == name))
            .FirstOrDefault(column => column is not null);
        return new ParquetFeatures(image, label, label is null ? [] : names.GetValueOrDefault(label.Name, []));
    }

    /// <summary>A binary column of this name, or "bytes" in a structure of this name.</summary>
    private static bool IsOf(DataField column, string name) =>
        column.Path.ToList() is [var whole] ? whole == name : column.Path.ToList() is [var structure, "bytes"] && structure == name;

    private static bool IsLabel(DataField column) =>
        column.ClrType == typeof(long) || column.ClrType == typeof(int) || column.ClrType == typeof(short) || column.ClrType == typeof(sbyte)
        || column.ClrType == typeof(byte) || column.ClrType == typeof(ushort) || column.ClrType == typeof(ReadOnlyMemory<char>);

    /// <summary>{"info": {"features": {"x": {"_type": "ClassLabel", "names": […]}}}} as names of features by type, and of classes by feature.</summary>
    private static (Dictionary<string, string[]> Types, Dictionary<string, string[]> Names) Read(string? note)
    {
        var types = new Dictionary<string, string[]>();
        var names = new Dictionary<string, string[]>();
        if (note is null)
            return (types, names);
        try
        {
            using var document = JsonDocument.Parse(note);
            foreach (var feature in document.RootElement.GetProperty("info").GetProperty("features").EnumerateObject())
            {
                if (feature.Value.ValueKind != JsonValueKind.Object || !feature.Value.TryGetProperty("_type", out var type) || type.GetString() is not { } kind)
                    continue;
                types[kind] = [.. types.GetValueOrDefault(kind, []), feature.Name];
                if (feature.Value.TryGetProperty("names", out var list) && list.ValueKind == JsonValueKind.Array)
                    names[feature.Name] = [.. list.EnumerateArray().Select(name => name.ToString())];
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // A note of something else: the columns speak for themselves.
        }

        return (types, names);
    }
}
