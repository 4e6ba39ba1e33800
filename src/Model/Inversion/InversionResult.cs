namespace Pggan.Model;

/// <summary>The latent whose image comes closest, as far as a search found.</summary>
/// <param name="Latent">z, [1, L].</param>
/// <param name="Label">[1, S]; null for an unconditional network.</param>
/// <param name="Components">Those that are 1 in the whole label, counted from 0; null for an unconditional network.</param>
/// <param name="Image">The network's image of it, [C, H, W] bytes.</param>
/// <param name="Psnr">Of the image's bytes, in dB; infinite when all are the target's.</param>
/// <param name="Loss">Weighted sum of the terms.</param>
/// <param name="Terms">What the loss is made of.</param>
/// <param name="FirstLoss">The best of the first draws.</param>
/// <param name="Evaluations">Images of the network that were looked at.</param>
/// <param name="LastLearningRate">Of the last update; null for a method without.</param>
/// <param name="Moments">The best image as it was after the first draws, a sixteenth, an eighth, a quarter and half of the search.</param>
public sealed record InversionResult(
    HostTensor Latent,
    HostTensor? Label,
    IReadOnlyList<int>? Components,
    byte[] Image,
    double Psnr,
    double Loss,
    InversionTerms Terms,
    double FirstLoss,
    long Evaluations,
    double? LastLearningRate,
    IReadOnlyList<byte[]> Moments)
{
    /// <summary>Peak signal-to-noise ratio of two images of bytes: 10 log10(255^2 / mean squared difference), in dB.</summary>
    internal static double PsnrOf(ReadOnlySpan<byte> image, ReadOnlySpan<byte> target)
    {
        double sum = 0;
        for (int i = 0; i < target.Length; i++)
            sum += (image[i] - target[i]) * (image[i] - target[i]);
        return 10 * Math.Log10(255.0 * 255 * target.Length / sum);
    }
}
