using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Draws images from a generator's weights, apart from any training.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class ImageSampler : IDisposable
{
    /// <summary>Images that pass through the network together.</summary>
    internal const int ImagesAtOnce = 16;

    private readonly Generator generator;
    private readonly Device device;

    /// <summary>Builds a generator and gives it the weights.</summary>
    /// <param name="snapshot">The weights.</param>
    /// <param name="deviceName">"auto", "cpu", "cuda:0".</param>
    /// <param name="precision">What the generator computes with.</param>
    /// <exception cref="ArgumentException">The weights do not fit their architecture, or the device is not there.</exception>
    public ImageSampler(GeneratorSnapshot snapshot, string deviceName, Precision precision = Precision.Fp32)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        device = TorchDevice.Parse(deviceName);
        using var scope = NewDisposeScope();
        generator = new Generator(snapshot.Architecture) { Precision = precision };
        generator.eval();
        Load(snapshot);
        generator.to(device);
        foreach (var parameter in generator.parameters())
            parameter.DetachFromDisposeScope();
    }

    /// <summary>The generator itself.</summary>
    internal Generator Network => generator;

    /// <summary>Where it is.</summary>
    internal Device Device => device;

    /// <summary>What the generator is built from.</summary>
    public NetworkArchitecture Architecture => generator.Architecture;

    /// <summary>Takes other weights of the same architecture.</summary>
    public void Load(GeneratorSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.Architecture != Architecture)
            throw new ArgumentException($"the weights are of another architecture: {snapshot.Architecture}, not {Architecture}");
        Load(generator, snapshot.Tensors);
    }

    /// <summary>Images as the network makes them: [N, C, H, W] floats, nominally in [-1, 1], not clipped.</summary>
    /// <param name="latents">[N, L], drawn from N(0, 1).</param>
    /// <param name="labels">[N, S]; empty for an unconditional network.</param>
    /// <param name="stage">How far to grow; its resolution gives the size of the images.</param>
    public HostTensor Render(HostTensor latents, HostTensor? labels, GrowthStage stage)
    {
        ArgumentNullException.ThrowIfNull(latents);
        if (latents.Shape.Length != 2)
            throw new ArgumentException($"latents are [{string.Join(", ", latents.Shape)}], and this network takes [N, {Architecture.Latents}]");
        long n = latents.Shape[0];
        Require(latents, n, Architecture.Latents, "latents");
        if (Architecture.LabelSize > 0)
            Require(labels ?? throw new ArgumentException("this network is conditional: name a class"), n, Architecture.LabelSize, "labels");
        int size = Architecture.BytesAt(stage.Resolution);
        float[] images = new float[n * size];
        for (int first = 0; first < n; first += ImagesAtOnce)
        {
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            int count = (int)Math.Min(ImagesAtOnce, n - first);
            Tensor z = Rows(latents, first, count);
            Tensor? y = Architecture.LabelSize > 0 ? Rows(labels!, first, count) : null;
            Tensor batch = generator.forward(z, y, stage).to(float32).cpu().contiguous();
            batch.data<float>().CopyTo(images.AsSpan(first * size, count * size), 0, 0);
        }
        return new HostTensor([n, Architecture.Channels, Architecture.HeightAt(stage.Resolution), Architecture.WidthAt(stage.Resolution)], images);
    }

    /// <summary>Latents [count, L] of the numbered seed: what <c>--seeds</c> names and the fixed grid of a run uses.</summary>
    public static HostTensor Latents(int count, int size, long seed)
    {
        using Tensor z = Chance.Normal(count, size, seed, Purpose.Samples, 0);
        return HostTensor.From(z);
    }

    /// <summary>Latents [N, L], the first of each of N numbered seeds.</summary>
    public static HostTensor Latents(int size, IReadOnlyList<long> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return new HostTensor([seeds.Count, size], [.. seeds.SelectMany(seed => Latents(1, size, seed).Data)]);
    }

    /// <summary>Floats in [-1, 1] to bytes as the reference shows them: round(x * 127.5 + 127.5), saturated.</summary>
    public static byte[] ToBytes(ReadOnlySpan<float> images)
    {
        byte[] bytes = new byte[images.Length];
        for (int i = 0; i < images.Length; i++)
            bytes[i] = (byte)Math.Clamp(MathF.Round(images[i] * 127.5f + 127.5f), 0, 255);
        return bytes;
    }

    /// <summary>Frees the generator.</summary>
    public void Dispose() => generator.Dispose();

    /// <summary>Gives a network its weights.</summary>
    /// <exception cref="ArgumentException">One is not there or of another shape.</exception>
    internal static void Load(nn.Module network, IReadOnlyDictionary<string, HostTensor> weights)
    {
        foreach (var (name, parameter) in network.named_parameters())
        {
            if (!weights.TryGetValue(name, out HostTensor? tensor) || !tensor.Shape.AsSpan().SequenceEqual(parameter.shape))
                throw new ArgumentException($"the weights have no tensor {name} of shape [{string.Join(", ", parameter.shape)}]");
            tensor.CopyTo(parameter);
        }
    }

    private Tensor Rows(HostTensor rows, int first, int count)
    {
        int width = (int)rows.Shape[1];
        return tensor(rows.Data.AsSpan(first * width, count * width).ToArray(), [count, width]).to(device);
    }

    private static void Require(HostTensor rows, long count, int width, string what)
    {
        if (rows.Shape.Length != 2 || rows.Shape[0] != count || rows.Shape[1] != width)
            throw new ArgumentException($"{what} are [{string.Join(", ", rows.Shape)}], and this network takes [{count}, {width}]");
    }
}
