using System.Globalization;
using System.Text.Json;

namespace Pggan.Model;

/// <summary>What takes long to find out about a set of reals, so that it is kept for the next evaluation.</summary>
/// <param name="Count">Images.</param>
/// <param name="Features">[N, Size], or null when no metric asks for them.</param>
/// <param name="Probabilities">[N, K], or null.</param>
/// <param name="Similarities">Of pairs of images, for MS-SSIM.</param>
/// <param name="Floors">From <see cref="Evaluation.Floors"/>.</param>
public sealed record ImageStatistics(
    int Count, FeatureTable? Features, FeatureTable? Probabilities, IReadOnlyList<double> Similarities, IReadOnlyDictionary<string, double> Floors)
{
    private const string CountKey = "count";
    private const string FloorsKey = "floors";
    private const string SimilaritiesKey = "similarities";

    /// <summary>Writes them as safetensors, whole or not at all.</summary>
    /// <exception cref="IOException">They can't be written.</exception>
    public void Write(string path)
    {
        List<KeyValuePair<string, HostTensor>> tensors = [];
        if (Features is not null)
            tensors.Add(new("features", Features.ToTensor()));
        if (Probabilities is not null)
            tensors.Add(new("probabilities", Probabilities.ToTensor()));
        Dictionary<string, string> metadata = new()
        {
            [CountKey] = Count.ToString(CultureInfo.InvariantCulture),
            [FloorsKey] = JsonSerializer.Serialize(Floors),
            [SimilaritiesKey] = JsonSerializer.Serialize(Similarities),
        };
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Durable.Replace(path, file => Safetensors.Write(file, tensors, metadata));
    }

    /// <summary>Reads them; null where there are none, or they are damaged: they can be found out again.</summary>
    public static ImageStatistics? TryRead(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using SafetensorsFile file = Safetensors.Open(path);
            return new ImageStatistics(
                int.Parse(file.Metadata[CountKey], CultureInfo.InvariantCulture),
                Table("features"),
                Table("probabilities"),
                JsonSerializer.Deserialize<double[]>(file.Metadata[SimilaritiesKey]) ?? [],
                JsonSerializer.Deserialize<Dictionary<string, double>>(file.Metadata[FloorsKey]) ?? []);

            FeatureTable? Table(string name)
            {
                if (!file.Contains(name))
                    return null;
                HostTensor rows = file.Read(name);
                FeatureTable table = new((int)rows.Shape[1]);
                table.Append(rows.Data);
                return table;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or FormatException
            or KeyNotFoundException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
