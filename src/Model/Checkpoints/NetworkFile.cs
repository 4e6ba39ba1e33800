using System.Globalization;
using System.Text.Json;

namespace Pggan.Model;

/// <summary>
/// Where networks can be read from: a checkpoint's folder, a run (its newest checkpoint), a safetensors file with the architecture in its metadata,
/// or a network of another program.
/// </summary>
public static class NetworkFile
{
    private const string ArchitectureKey = "architecture";
    private const string ResolutionKey = "stage_resolution";
    private const string AlphaKey = "stage_alpha";
    private const string ImagesKey = "images";
    private const string LabelNamesKey = "label_names";

    /// <summary>Reads a generator.</summary>
    /// <param name="path">As <see cref="ReadAll"/>.</param>
    /// <param name="raw">G itself instead of its average.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no checkpoint in the run.</exception>
    /// <exception cref="InvalidDataException">What is there holds no such generator.</exception>
    /// <exception cref="CheckpointDamagedException">The checkpoint is damaged.</exception>
    public static GeneratorSnapshot Read(string path, bool raw)
    {
        string other = raw ? NetworkSnapshot.Average : NetworkSnapshot.G;
        return Read(path, name => !name.StartsWith(other, StringComparison.Ordinal) && !name.StartsWith(NetworkSnapshot.D, StringComparison.Ordinal)).Generator(raw);
    }

    /// <summary>Reads all networks that there are.</summary>
    /// <param name="path">Checkpoint folder, run folder, .safetensors file, or a network of another program (<see cref="ForeignNetwork"/>).</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no checkpoint in the run.</exception>
    /// <exception cref="InvalidDataException">What is there is no network.</exception>
    /// <exception cref="CheckpointDamagedException">The checkpoint is damaged.</exception>
    public static NetworkSnapshot ReadAll(string path) => Read(path, _ => true);

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
        ArgumentNullException.ThrowIfNull(generator);
        Write(path, NetworkSnapshot.Of(generator), generator.Tensors, CancellationToken.None);
    }

    /// <summary>The same into a file that is open for writing.</summary>
    public static void Write(Stream file, GeneratorSnapshot generator)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(generator);
        Safetensors.Write(file, generator.Tensors, Metadata(NetworkSnapshot.Of(generator)));
    }

    /// <summary>Writes all networks as a safetensors file with their architecture in the metadata, whole or not at all.</summary>
    /// <param name="path">Where to; an older file is replaced.</param>
    /// <param name="networks">What to write.</param>
    /// <param name="cancellationToken">Takes away what is half written.</param>
    public static void Write(string path, NetworkSnapshot networks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(networks);
        Write(path, networks, networks.Tensors, cancellationToken);
    }

    private static void Write(string path, NetworkSnapshot networks, IReadOnlyDictionary<string, HostTensor> tensors, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Durable.Replace(path, file => Safetensors.Write(file, tensors, Metadata(networks)), cancellationToken);
    }

    /// <summary>What a file tells of the networks in it.</summary>
    internal static Dictionary<string, string> Metadata(NetworkSnapshot networks)
    {
        Dictionary<string, string> metadata = new()
        {
            [ArchitectureKey] = JsonSerializer.Serialize(networks.Architecture, CheckpointFile.Json),
            [ResolutionKey] = networks.Stage.Resolution.ToString(CultureInfo.InvariantCulture),
            [AlphaKey] = networks.Stage.Alpha.ToString("R", CultureInfo.InvariantCulture),
            [ImagesKey] = networks.Images.ToString(CultureInfo.InvariantCulture),
        };
        if (networks.LabelNames.Count > 0)
            metadata[LabelNamesKey] = JsonSerializer.Serialize(networks.LabelNames);
        return metadata;
    }

    private static NetworkSnapshot Read(string path, Predicate<string> wanted)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            return NetworkSnapshot.Of(ReadCheckpoint(path));
        try
        {
            return ForeignNetwork.Is(path) ? ForeignNetwork.Read(path) : ReadSafetensors(path, wanted);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or FormatException or OverflowException)
        {
            throw new InvalidDataException(
                $"{path} is no network of this program: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static string[] LabelNames(SafetensorsFile file, int labelSize)
    {
        if (!file.Metadata.TryGetValue(LabelNamesKey, out string? text))
            return [];
        string[]? names = JsonSerializer.Deserialize<string[]>(text, CheckpointFile.Json);
        return names?.Length == labelSize && !names.Contains(null)
            ? names
            : throw new InvalidDataException($"its {LabelNamesKey} are not the names of {labelSize} classes");
    }

    private static NetworkSnapshot ReadSafetensors(string path, Predicate<string> wanted)
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
        string prefix = TensorShapes.IsWhole(file.Tensors) ? "" : NetworkSnapshot.Average;
        return new NetworkSnapshot(
            architecture, stage, images, file.Tensors.Where(t => wanted(prefix + t.Name)).ToDictionary(t => prefix + t.Name, t => file.Read(t.Name)))
        {
            LabelNames = LabelNames(file, architecture.LabelSize),
        };
    }

    private static string Text(SafetensorsFile file, string key) => file.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new InvalidDataException($"there is no '{key}' in its metadata");
}
