using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>The labels that images get in a new dataset: those of their source, or of a file.</summary>
public sealed class IngestLabels
{
    private readonly Action<int, float[]> _copy;
    private readonly int[]? _rows;
    private readonly Lazy<bool> _areClasses;

    internal IngestLabels(SourceLabels labels, int[] rows)
        : this(labels.Size, labels.Names, (index, label) => labels.Copy(index, label), rows, rows.Length)
    {
    }

    private IngestLabels(int size, IReadOnlyList<string> names, Action<int, float[]> copy, int[]? rows, int count)
    {
        Size = size;
        Names = names;
        _copy = copy;
        _rows = rows;
        _areClasses = new Lazy<bool>(() =>
        {
            var label = new float[size];
            for (var index = 0; index < count; index++)
            {
                if (Has(index) && ClassOf(index, label) < 0)
                    return false;
            }

            return true;
        });
    }

    /// <summary>No labels.</summary>
    public static IngestLabels None { get; } = new(0, [], (_, _) => { }, null, 0);

    /// <summary>Elements of a label; 0 when there are none.</summary>
    public int Size { get; }

    /// <summary>Names of the elements.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether every label is one class of all.</summary>
    public bool AreClasses => _areClasses.Value;

    /// <summary>The labels of a source.</summary>
    /// <param name="source">Is read from as long as the labels are used.</param>
    /// <param name="attributes">Which of its elements; none: all of them.</param>
    /// <exception cref="ArgumentException">It has no such attribute.</exception>
    public static IngestLabels Of(IImageSource source, IReadOnlyList<string> attributes)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.Count == 0)
            return source.LabelSize == 0 ? None : new IngestLabels(source.LabelSize, source.ClassNames, (index, label) => source.CopyLabel(index, label), null, source.Count);
        if (source.LabelSize == 0)
            throw new ArgumentException($"{source.Description} has no labels to pick attributes of; name a file of them with --labels");
        var table = new NamedTable(source.Description, source.ClassNames);
        var values = new float[source.LabelSize];
        for (var index = 0; index < source.Count; index++)
        {
            source.CopyLabel(index, values);
            table.Add(index.ToString(CultureInfo.InvariantCulture), Array.ConvertAll(values, value => value.ToString(CultureInfo.InvariantCulture)));
        }

        return LabelEncoding.Encode(table, attributes, [.. Enumerable.Range(0, source.Count)]);
    }

    /// <summary>The labels of a file, for the images of a source.</summary>
    /// <param name="path">CSV, JSON or a list of attributes.</param>
    /// <param name="source">Names the images.</param>
    /// <param name="attributes">Which columns; none: all of them.</param>
    /// <exception cref="ArgumentException">It has no such attribute.</exception>
    /// <exception cref="DatasetUnusableException">It is no such file, or names none of the images.</exception>
    public static IngestLabels Read(string path, IImageSource source, IReadOnlyList<string> attributes)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(attributes);
        var table = LabelFile.Read(path, ImageNames.In(source));
        return LabelEncoding.Encode(table, attributes, ImageNames.RowsOf(table, source));
    }

    /// <summary>Whether an image of the source has a label.</summary>
    internal bool Has(int index) => _rows is null || _rows[index] >= 0;

    /// <summary>Writes the label of an image of the source.</summary>
    internal void Copy(int index, float[] label) => _copy(index, label);

    /// <summary>The class of an image, or -1 when its label is another; <paramref name="label"/> is a place to work in.</summary>
    internal int ClassOf(int index, float[] label)
    {
        _copy(index, label);
        var found = Array.IndexOf(label, 1f);
        return found >= 0 && label.AsSpan(0, found).IndexOfAnyExcept(0f) < 0 && label.AsSpan(found + 1).IndexOfAnyExcept(0f) < 0 ? found : -1;
    }
}
