using System.Globalization;
using System.Text.Json;

namespace Pggan.Model;

/// <summary>
/// Where a generator can be read from: a checkpoint's folder, a run (its newest checkpoint), or a safetensors file with the architecture in its
/// metadata.
/// </summary>
public static class NetworkFile
{
    private const string ArchitectureKey = "architecture";
    private const string ResolutionKey = "stage_resolution";
    private const string AlphaKey = "stage_alpha";
    private const string ImagesKey = "images";

    /// <summary>Reads a generator.</summary>
    /// <param name="path">Checkpoint folder, run folder or .safetensors file.</param>
    /// <param name="raw">G itself instead of its average; a safetensors file holds one of them.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no checkpoint in the run.</exception>
    /// <exception cref="InvalidDataException">What is there holds no generator.</exception>
    /// <exception cref="CheckpointDamagedException">The checkpoint is damaged.</exception>
    public static GeneratorSnapshot Read(string path, bool raw)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) ? ReadSafetensors(path) : ReadCheckpoint(path).Generator(raw);
    }

    /// <summary>Reads a whole checkpoint from its own folder or a run's.</summary>
    /// <exception cref="FileNotFoundException">There is none at the path.</exception>
    /// <exception cref="CheckpointDamagedException">It is damaged.</exception>
    public static Checkpoint ReadCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(Path.Combine(path, CheckpointFile.ManifestName)))
            return CheckpointFile.Read(path);
        string checkpoints = Path.Combine(path, "checkpoints");
        string? reason = null;
        return new CheckpointDirectory(Directory.Exists(checkpoints) ? checkpoints : path).Newest((_, why) => reason ??= why)
            ?? throw (reason is null
                ? new FileNotFoundException($"{path} is no checkpoint, no run with a checkpoint and no .safetensors file")
                : new CheckpointDamagedException(reason));
    }

    /// <summary>Writes a generator as a safetensors file with its architecture in the metadata, whole or not at all.</summary>
    public static void Write(string path, GeneratorSnapshot generator)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(generator);
        Durable.Replace(path, file => Safetensors.Write(file, generator.Tensors, Metadata(generator)));
    }

    /// <summary>What a file tells of the generator in it.</summary>
    internal static Dictionary<string, string> Metadata(GeneratorSnapshot generator) => new()
    {
        [ArchitectureKey] = JsonSerializer.Serialize(generator.Architecture, CheckpointFile.Json),
        [ResolutionKey] = generator.Stage.Resolution.ToString(CultureInfo.InvariantCulture),
        [AlphaKey] = generator.Stage.Alpha.ToString("R", CultureInfo.InvariantCulture),
        [ImagesKey] = generator.Images.ToString(CultureInfo.InvariantCulture),
    };

    private static GeneratorSnapshot ReadSafetensors(string path)
    {
        try
        {
            using SafetensorsFile file = Safetensors.Open(path);
            NetworkArchitecture architecture = JsonSerializer.Deserialize<NetworkArchitecture>(Text(file, ArchitectureKey), CheckpointFile.Json)
                ?? throw new InvalidDataException("its architecture is null");
            GrowthStage stage = new(
                int.Parse(Text(file, ResolutionKey), CultureInfo.InvariantCulture),
                double.Parse(Text(file, AlphaKey), CultureInfo.InvariantCulture));
            long images = long.Parse(Text(file, ImagesKey), CultureInfo.InvariantCulture);
            if (TensorShapes.Fault(architecture, stage, file.Tensors) is { } fault)
                throw new InvalidDataException(fault);
            return new GeneratorSnapshot(architecture, stage, images, file.Tensors.ToDictionary(t => t.Name, t => file.Read(t.Name)));
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or FormatException or OverflowException)
        {
            throw new InvalidDataException(
                $"{path} is no network of this program: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static string Text(SafetensorsFile file, string key) => file.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new InvalidDataException($"there is no '{key}' in its metadata");
}
