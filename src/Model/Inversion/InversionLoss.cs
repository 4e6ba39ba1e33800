using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>How far images are from the one that is searched for. Its tensors belong to the dispose scope it is made in.</summary>
internal sealed class InversionLoss
{
    private const float HalfByte = 1 / 255f;

    private readonly NetworkArchitecture architecture;
    private readonly IReadOnlyList<Tensor> target;
    private readonly FeatureExtractor? features;
    private readonly Tensor wanted; // [1, F]
    private readonly Tensor length; // scalar, mean square of the wanted features
    private readonly Realism? realism;
    private readonly Tensor least; // [1, C, H, W]
    private readonly Tensor most;  // [1, C, H, W]

    /// <param name="architecture">The network's.</param>
    /// <param name="image">What is searched for, [1, C, H, W] in [-1, 1].</param>
    /// <param name="features">Describes images; null = pixels alone are compared.</param>
    /// <param name="realism">D's opinion; null = not asked.</param>
    /// <param name="options">The weights.</param>
    public InversionLoss(NetworkArchitecture architecture, Tensor image, FeatureExtractor? features, Realism? realism, InversionOptions options)
    {
        (this.architecture, this.realism) = (architecture, realism);
        this.features = options.FeatureWeight > 0 ? features : null;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();

        // A byte of 255 says 1 or more, and one of 0 says -1 or less.
        float[] pixels = HostTensor.From(image).Data;
        least = tensor(pixels.Select(p => p < -1 + HalfByte ? -1 : float.NegativeInfinity).ToArray(), image.shape, device: image.device).MoveToOuterDisposeScope();
        most = tensor(pixels.Select(p => p > 1 - HalfByte ? 1 : float.PositiveInfinity).ToArray(), image.shape, device: image.device).MoveToOuterDisposeScope();
        target = [.. PixelPyramid.Of(image).Select(level => level.clone().MoveToOuterDisposeScope())];
        wanted = this.features is null ? zeros(1, 1, device: image.device) : this.features.Features(Bytes(image)).clone();
        length = (wanted * wanted).mean().Plus(1e-12).MoveToOuterDisposeScope(); // above 0, whatever the features
        wanted.MoveToOuterDisposeScope();
        float[] weights = [(float)options.PixelWeight, (float)options.FeatureWeight, (float)options.PriorWeight, (float)options.RealismWeight];
        Weights = tensor(weights, device: image.device).MoveToOuterDisposeScope();
    }

    /// <summary>Weights of the terms in their order, [4].</summary>
    public Tensor Weights { get; }

    /// <summary>The terms of each latent, [N, 4] in the order of <see cref="InversionTerms"/>; their product with the weights is the loss.</summary>
    /// <param name="z">[N, L].</param>
    /// <param name="images">The network's images of them, [N, C, H, W].</param>
    public Tensor Terms(Tensor z, Tensor images)
    {
        Tensor none = zeros(z.shape[0], device: z.device);
        Tensor seen = images.maximum(least).minimum(most);               // [N, C, H, W]
        return stack(
            [
                PixelPyramid.Distance(PixelPyramid.Of(seen), target),
                features is null ? none : FeatureDistance(features.Features(Bytes(seen))),
                LatentSphere.Prior(z, architecture),
                realism?.Of(images) ?? none,
            ],
            1);
    }

    private Tensor FeatureDistance(Tensor found)
    {
        Tensor off = found - wanted;                                     // [N, F]
        return (off * off).mean([1L]) / length;                          // [N]
    }

    /// <summary>[-1, 1] to [0, 255], not clipped: where an image is brighter than white and should not be white, the slope leads back.</summary>
    private static Tensor Bytes(Tensor images) => images.Plus(1).Times(127.5);
}
