using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// A small convolutional classifier: strided convolutions down to 4x4, a dense layer to the features that describe the image, and a linear head.
/// </summary>
internal sealed class ClassifierNetwork : nn.Module<Tensor, (Tensor Features, Tensor Logits)>
{
    private readonly ModuleList<EqualizedConv2d> strided;
    private readonly EqualizedLinear last;
    private readonly EqualizedLinear head;

    /// <summary>Builds the network with weights drawn from a seed.</summary>
    public ClassifierNetwork(ClassifierArchitecture architecture, long seed)
        : base(nameof(ClassifierNetwork))
    {
        Architecture = architecture;
        strided = nn.ModuleList(Enumerable.Range(0, architecture.Halvings)
            .Select(k => new EqualizedConv2d(architecture.MapsAfter(k), architecture.MapsAfter(k + 1), 3, Gain.LeakyRelu, Scaling.FusedDown)).ToArray());
        last = new EqualizedLinear(architecture.MapsAfter(architecture.Halvings) * 16, architecture.Features, Gain.LeakyRelu);
        head = new EqualizedLinear(architecture.Features, architecture.Classes, Gain.Linear);
        RegisterComponents();
        Chance.DrawWeights(this, seed, 0, Purpose.Classifier);
    }

    /// <summary>What the network was built from.</summary>
    public ClassifierArchitecture Architecture { get; }

    /// <summary>Features [N, F] and logits [N, K] of images [N, C, H, W] from 0 to 255, grey or RGB, of any size.</summary>
    public override (Tensor Features, Tensor Logits) forward(Tensor images)
    {
        Tensor x = FeatureExtractor.WithChannels(images, Architecture.Channels);
        x = ChannelsLast.Store(Resize(x).Times(2.0 / 255).Plus(-1));        // [N, C, R, R] in [-1, 1]
        foreach (EqualizedConv2d conv in strided)
            x = Activation.LeakyRelu(conv.forward(x));                      // [N, nf, R/2, R/2] ... [N, nf, 4, 4]
        Tensor features = Activation.LeakyRelu(last.forward(x.flatten(1))); // [N, F]
        return (features, head.forward(features));                          // [N, K]
    }

    /// <summary>Means of areas along a side that is longer, bilinear along one that is shorter.</summary>
    private Tensor Resize(Tensor images)
    {
        long size = Architecture.Resolution, height = images.shape[2], width = images.shape[3];
        if (height == size && width == size)
            return images;
        if (height > size || width > size)
            images = nn.functional.adaptive_avg_pool2d(images, [Math.Min(height, size), Math.Min(width, size)]);
        return height >= size && width >= size ? images : nn.functional.interpolate(images, [size, size], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}
