using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// A classifier that <see cref="ClassifierTrainer"/> trained, as a network that describes images. Distances of its features compare networks that
/// were trained on its dataset with each other; they are not FID.
/// </summary>
internal sealed class ImageClassifier : FeatureExtractor
{
    private const string ArchitectureKey = "classifier";
    private const string RecordKey = "record";

    private readonly ClassifierNetwork network;
    private readonly Device device;

    /// <exception cref="InvalidDataException">The file is no classifier; the message says why.</exception>
    public ImageClassifier(string path, string digest, Device device)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        Digest = digest;
        this.device = device;
        using var scope = NewDisposeScope();
        try
        {
            using SafetensorsFile file = Safetensors.Open(path);
            ClassifierArchitecture architecture = Read<ClassifierArchitecture>(file, ArchitectureKey);
            architecture.Validate();
            Record = Read<ClassifierRecord>(file, RecordKey);
            if (Record.ClassNames.Count != architecture.Classes)
                throw new InvalidDataException($"it names {Record.ClassNames.Count} classes and tells {architecture.Classes} apart");
            if (TensorShapes.Fault(architecture, file.Tensors) is { } fault)
                throw new InvalidDataException(fault);
            network = new ClassifierNetwork(architecture, 0);
            foreach (var (name, parameter) in network.named_parameters())
            {
                file.Read(name).CopyTo(parameter);
                parameter.requires_grad = false;
            }
            network.to(device);
            foreach (Parameter parameter in network.parameters())
                parameter.DetachFromDisposeScope();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or ArgumentException)
        {
            network?.Dispose();
            throw new InvalidDataException($"{path} is no classifier of this program: {e.Message.Split('\n')[0]}", e);
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Digest { get; }

    /// <inheritdoc/>
    public override int Size => network.Architecture.Features;

    /// <inheritdoc/>
    public override bool IsInception => false;

    /// <summary>How it came to be.</summary>
    public ClassifierRecord Record { get; }

    /// <inheritdoc/>
    internal override Tensor Features(Tensor images) => network.forward(images.to(float32, device)).Features;

    /// <inheritdoc/>
    internal override Tensor Probabilities(Tensor images) => network.forward(images.to(float32, device)).Logits.softmax(1);

    /// <summary>Writes a classifier, whole or not at all; the same input gives the same bytes.</summary>
    internal static void Write(string path, ClassifierNetwork network, ClassifierRecord record)
    {
        KeyValuePair<string, HostTensor>[] tensors = [.. network.named_parameters().Select(p => KeyValuePair.Create(p.name, HostTensor.From(p.parameter)))];
        Dictionary<string, string> metadata = new()
        {
            [ArchitectureKey] = JsonSerializer.Serialize(network.Architecture, CheckpointFile.Json),
            [RecordKey] = JsonSerializer.Serialize(record, CheckpointFile.Json),
        };
        Durable.Replace(path, file => Safetensors.Write(file, tensors, metadata));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            network.Dispose();
    }

    private static T Read<T>(SafetensorsFile file, string key) =>
        JsonSerializer.Deserialize<T>(
            file.Metadata.TryGetValue(key, out string? text) ? text : throw new InvalidDataException($"there is no '{key}' in its metadata"),
            CheckpointFile.Json) ?? throw new InvalidDataException($"its '{key}' is null");
}
