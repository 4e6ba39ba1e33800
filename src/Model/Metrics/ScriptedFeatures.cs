using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// A TorchScript network that is called as StyleGAN2-ADA calls its <c>inception-2015-12-05.pt</c>: forward(images, return_features, use_fp16,
/// no_output_bias) gives features [N, D], or probabilities [N, K], for which the last layer's bias is left out.
/// </summary>
internal sealed class ScriptedFeatures : FeatureExtractor
{
    private const int InceptionFeatures = 2048;
    private const int InceptionClasses = 1008;
    private const int ProbeSize = 64;

    private const string Expected =
        "expected is forward(images, return_features, use_fp16, no_output_bias) as in inception-2015-12-05.pt of StyleGAN2-ADA: for images [N, 3, H, W] " +
        "from 0 to 255 it gives features [N, D], or probabilities [N, K]";

    private readonly jit.ScriptModule network;
    private readonly Device device;

    /// <exception cref="InvalidDataException">The file is none, or answers two grey images otherwise.</exception>
    public ScriptedFeatures(string path, string digest, Device device)
    {
        Name = Path.GetFileNameWithoutExtension(path);
        Digest = digest;
        this.device = device;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            network = jit.load(path, device);
        }
        catch (ExternalException e)
        {
            throw new InvalidDataException($"{path} is no TorchScript file that can be loaded: {FirstLine(e)}", e);
        }
        try
        {
            network.eval();
            foreach (var parameter in network.parameters())
                parameter.requires_grad = false;
            Tensor probe = zeros(2, 3, ProbeSize, ProbeSize).Plus(128);
            Size = (int)Features(probe).shape[1];
            Tensor probabilities = Probabilities(probe);
            IsInception = Size == InceptionFeatures && probabilities.shape[1] == InceptionClasses;
            double sum = probabilities.sum().item<float>(), least = probabilities.min().item<float>();
            if (!(Math.Abs(sum - 2) < 1e-2 && least >= 0))
                throw new InvalidDataException($"what should be probabilities of an image adds up to {sum / 2:0.###}; {Expected}");
        }
        catch (InvalidDataException e)
        {
            network.Dispose();
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Digest { get; }

    /// <inheritdoc/>
    public override int Size { get; }

    /// <inheritdoc/>
    public override bool IsInception { get; }

    /// <inheritdoc/>
    internal override Tensor Features(Tensor images) => Call(images, true);

    /// <inheritdoc/>
    internal override Tensor Probabilities(Tensor images) => Call(images, false, false, true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            network.Dispose();
    }

    private Tensor Call(Tensor images, params object[] flags)
    {
        object? answer;
        try
        {
            answer = network.forward([WithChannels(images.to(float32, device), 3), .. flags]);
        }
        catch (Exception e) when (e is ExternalException or NotImplementedException) // of libtorch; of TorchSharp, for an answer that is of no kind it knows
        {
            throw new InvalidDataException($"the network fails: {FirstLine(e)}; {Expected}", e);
        }
        if (answer is Tensor { shape: [var count, > 0] } rows && count == images.shape[0] && rows.is_floating_point())
            return rows;
        string found = answer is Tensor tensor ? $"a tensor [{string.Join(", ", tensor.shape)}] of {tensor.dtype}" : "no tensor";
        throw new InvalidDataException($"the network gives {found} for [{string.Join(", ", images.shape)}]; {Expected}");
    }

    private static string FirstLine(Exception e) =>
        e.Message.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0)?.TrimEnd('.', ':') ?? e.GetType().Name;
}
