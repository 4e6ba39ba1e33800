using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Trains a classifier whose features describe the images of one dataset: cross-entropy, Adam, a learning rate that falls to 0 along a cosine,
/// images shifted by a few pixels at random. The same seed and images give the same network.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class ClassifierTrainer : IDisposable
{
    private const double LearningRate = 0.03;

    /// <summary>An image is shifted by up to this share of its side, along each axis.</summary>
    private const int ShareOfShift = 16;

    private readonly ClassifierNetwork network;
    private readonly Adam optimizer;
    private readonly Device device;
    private readonly long seed;
    private readonly long total;
    private readonly string[] names;
    private readonly Parameter[] parameters;

    /// <summary>Builds a network with weights drawn from the seed.</summary>
    /// <param name="architecture">What it is built from.</param>
    /// <param name="seed">Of weights and shifts.</param>
    /// <param name="totalImages">Images until the learning rate is 0.</param>
    /// <param name="deviceName">"auto", "cpu", "cuda:0".</param>
    /// <exception cref="ArgumentException">The architecture is invalid, or the device is not there.</exception>
    public ClassifierTrainer(ClassifierArchitecture architecture, long seed, long totalImages, string deviceName)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        architecture.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(totalImages);
        this.seed = seed;
        total = totalImages;
        device = TorchDevice.Parse(deviceName);
        using var scope = NewDisposeScope();
        network = new ClassifierNetwork(architecture, seed);
        network.to(device);
        names = [.. network.named_parameters().Select(p => p.name)];
        parameters = [.. network.named_parameters().Select(p => p.parameter)];
        optimizer = new Adam(names.Zip<string, Tensor>(parameters), beta1: 0.9, beta2: 0.999, epsilon: 1e-8);
        foreach (Parameter parameter in parameters)
            parameter.DetachFromDisposeScope();
    }

    /// <summary>Images trained on so far.</summary>
    public long Images { get; private set; }

    /// <summary>One update.</summary>
    /// <param name="pixels">[N, C, R, R] bytes in the architecture's channels and resolution.</param>
    /// <param name="labels">[N, K], one-hot.</param>
    /// <returns>The mean cross-entropy before the update, in nats, and how many images were told right.</returns>
    /// <exception cref="TrainingDivergedException">A gradient is not finite.</exception>
    public (double Loss, int Right) Step(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> labels)
    {
        using var scope = NewDisposeScope();
        (Tensor images, Tensor wanted) = ToDevice(pixels, labels);
        Tensor logits = network.forward(Shift(images)).Logits;
        Tensor loss = -(wanted * logits.log_softmax(1)).sum([1L]).mean();
        Tensor[] gradients = Gradients.Of(loss, parameters);
        double rate = LearningRate / 2 * (1 + Math.Cos(Math.PI * Math.Min(1, Images / (double)total)));
        if (!optimizer.Step(names, gradients, rate))
            throw new TrainingDivergedException("a gradient of the classifier is not finite");
        Images += images.shape[0];
        return (loss.item<float>(), CountRight(logits.detach(), wanted));
    }

    /// <summary>How many images are told right.</summary>
    /// <param name="pixels">[N, C, R, R] bytes in the architecture's channels and resolution.</param>
    /// <param name="labels">[N, K], one-hot.</param>
    public int CountRight(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> labels)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        (Tensor images, Tensor wanted) = ToDevice(pixels, labels);
        return CountRight(network.forward(images).Logits, wanted);
    }

    /// <summary>Writes the network as a safetensors file with its architecture and record in the metadata, whole or not at all.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Save(string path, ClassifierRecord record)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(record);
        ImageClassifier.Write(path, network, record);
    }

    /// <summary>Frees network and optimizer.</summary>
    public void Dispose()
    {
        optimizer.Dispose();
        network.Dispose();
    }

    private static int CountRight(Tensor logits, Tensor wanted) => (int)logits.argmax(1).eq(wanted.argmax(1)).sum().item<long>();

    private (Tensor Images, Tensor Labels) ToDevice(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> labels)
    {
        ClassifierArchitecture a = network.Architecture;
        long n = labels.Length / a.Classes;
        if (n == 0 || labels.Length != n * a.Classes || pixels.Length != n * a.Channels * a.Resolution * a.Resolution)
        {
            throw new ArgumentException(
                $"{pixels.Length} bytes and {labels.Length} label elements are no images of {a.Channels}x{a.Resolution}x{a.Resolution} in {a.Classes} classes");
        }
        Tensor images = tensor(pixels.ToArray(), [n, a.Channels, a.Resolution, a.Resolution]).to(device).to(float32);
        return (images, tensor(labels.ToArray(), [n, a.Classes]).to(device));
    }

    /// <summary>Each image moved by whole pixels, its border repeated.</summary>
    private Tensor Shift(Tensor images)
    {
        long size = images.shape[2], most = size / ShareOfShift;
        if (most == 0)
            return images;
        int count = (int)images.shape[0];
        long[] places = Chance.Integers(2 * count, 2 * most + 1, seed, Purpose.Classifier, Images + 1);
        Tensor padded = nn.functional.pad(images, [most, most, most, most], PaddingModes.Replicate);
        return stack(Enumerable.Range(0, count).Select(i => padded[i].narrow(1, places[2 * i], size).narrow(2, places[2 * i + 1], size)), 0);
    }
}
