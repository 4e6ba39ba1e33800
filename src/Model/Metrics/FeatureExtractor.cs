using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>A network that describes an image by numbers: for metrics that compare sets of images, and for losses that compare two.</summary>
/// <remarks>Not thread-safe.</remarks>
public abstract class FeatureExtractor : IDisposable
{
    /// <summary>What results are named after: the file's name without its ending.</summary>
    public abstract string Name { get; }

    /// <summary>SHA-256 of the file in lower-case hexadecimal digits.</summary>
    public abstract string Digest { get; }

    /// <summary>Components of a feature.</summary>
    public abstract int Size { get; }

    /// <summary>Whether distances of its features are what the literature calls FID and KID, and scores of its probabilities IS.</summary>
    public abstract bool IsInception { get; }

    /// <summary>Features [N, Size] of images [N, C, H, W], differentiable by the images.</summary>
    /// <param name="images">Floats from 0 to 255, grey or RGB, of any size, on any device.</param>
    internal abstract Tensor Features(Tensor images);

    /// <summary>Probabilities [N, K] of the network's classes.</summary>
    /// <param name="images">Floats from 0 to 255, grey or RGB, of any size, on any device.</param>
    internal abstract Tensor Probabilities(Tensor images);

    /// <summary>
    /// Images [N, C, H, W] from 0 to 255 with another number of channels: what is transparent lies on white; grey is repeated as red, green and blue, or is
    /// their mean.
    /// </summary>
    internal static Tensor WithChannels(Tensor images, int channels)
    {
        if (images.shape[1] == 4)
        {
            Tensor opacity = images.narrow(1, 3, 1).to(float32).Times(1.0 / 255);                   // [N, 1, H, W]
            images = (images.narrow(1, 0, 3).to(float32).Plus(-255) * opacity).Plus(255);           // [N, 3, H, W]
        }
        return images.shape[1] == channels ? images : channels == 1 ? images.mean([1L], keepdim: true) : images.expand(-1, channels, -1, -1);
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a kind of network holds.</summary>
    protected abstract void Dispose(bool disposing);
}
