using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>
/// G and D from the formulas of the paper and its published code (networks.py), in the precision of their weights. As there, images have the final size
/// whatever the level of detail, and an up-scaling convolution is a convolution of the up-scaled features. Weights have the names that checkpoints give them.
/// </summary>
internal sealed class WrittenOutNetworks(NetworkArchitecture a)
{
    private static readonly double He = Math.Sqrt(2);

    /// <summary>How near to zero an input of a leaky ReLU came, in deviations of its layer: there rounding decides about the slope.</summary>
    public double Nearest { get; set; }

    /// <summary>Latents [N, L] and labels [N, S] to images [N, C, H, W] of the final size.</summary>
    public Tensor Generator(IReadOnlyDictionary<string, Tensor> w, Tensor z, Tensor? labels, double lod)
    {
        int whole = (int)Math.Floor(lod), level = a.Levels - 1 - whole;
        Tensor x = PixelNorm(labels is null ? z : cat([z, labels], 1));                                        // [N, L+S]
        x = x.matmul(w["stem.weight"].transpose(0, 1).Times(He / 4 / Math.Sqrt(x.shape[1])));                  // [N, nf(1)*H0*W0]
        x = x.reshape(x.shape[0], -1, a.BaseHeight, a.BaseWidth) + w["stem.bias"].reshape(1, -1, 1, 1);        // [N, nf(1), H0, W0]
        x = PixelNorm(Leaky(x));
        x = PixelNorm(Leaky(Convolve(x, w, "stem.conv", He)));
        Tensor before = x;
        for (int k = 0; k < level; k++)
        {
            before = x;
            x = PixelNorm(Leaky(Convolve(Repeat(x, 2), w, $"blocks.{k}.conv0", He)));                          // [N, nf(k+2), 2H, 2W]
            x = PixelNorm(Leaky(Convolve(x, w, $"blocks.{k}.conv1", He)));
        }
        Tensor image = Convolve(x, w, $"toRgb.{level}", gain: 1);                                              // [N, C, H, W]
        if (lod > whole)
            image = Blend(image, Repeat(Convolve(before, w, $"toRgb.{level - 1}", gain: 1), 2), lod - whole);
        return Repeat(image, 1 << whole);
    }

    /// <summary>Images [N, C, H, W] of the final size to scores [N] and label logits [N, S].</summary>
    public (Tensor Scores, Tensor Logits) Discriminator(IReadOnlyDictionary<string, Tensor> w, Tensor images, double lod)
    {
        int whole = (int)Math.Floor(lod), level = a.Levels - 1 - whole;
        Tensor x = Leaky(Convolve(BoxMean(images, 1 << whole), w, $"fromRgb.{level}", He));                    // [N, nf(level+1), H, W]
        for (int k = level - 1; k >= 0; k--)
        {
            x = Leaky(Convolve(x, w, $"blocks.{k}.conv0", He));
            string name = $"blocks.{k}.conv1";
            x = a.FusedScale                                                                                   // [N, nf(k+1), H/2, W/2]
                ? Leaky(BoxMean(Convolve(x, w, name, He, withBias: false), 2) + w[$"{name}.bias"].reshape(1, -1, 1, 1))
                : BoxMean(Leaky(Convolve(x, w, name, He)), 2);
            if (k == level - 1 && lod > whole)
                x = Blend(x, Leaky(Convolve(BoxMean(images, 2 << whole), w, $"fromRgb.{k}", He)), lod - whole);
        }
        x = WithDeviation(x, a.StdDevGroup);                                                                   // [N, nf(1)+1, H0, W0]
        x = Leaky(Convolve(x, w, "head.conv", He)).reshape(x.shape[0], -1);                                    // [N, nf(1)*H0*W0]
        x = Leaky(Multiply(x, w, "head.dense0", He));                                                          // [N, nf(0)]
        x = Multiply(x, w, "head.dense1", gain: 1);                                                            // [N, 1+S]
        return (x.select(1, 0), x.narrow(1, 1, a.LabelSize));
    }

    /// <summary>[N, C, H, W] to [N, C, kH, kW]: pixel (y, x) is pixel (y/k, x/k).</summary>
    public static Tensor Repeat(Tensor x, int k) => x.index_select(2, Sources(x.shape[2], k)).index_select(3, Sources(x.shape[3], k));

    /// <summary>[N, C, H, W] to [N, C, H/k, W/k], the mean of k*k pixels.</summary>
    public static Tensor BoxMean(Tensor x, int k) =>
        x.reshape(x.shape[0], x.shape[1], x.shape[2] / k, k, x.shape[3] / k, k).mean([3L, 5L]);

    /// <summary>(1 - t) a + t b.</summary>
    public static Tensor Blend(Tensor a, Tensor b, double t) => a.Times(1 - t) + b.Times(t);

    private static Tensor Sources(long size, int k) => tensor([.. Enumerable.Range(0, (int)size * k).Select(i => (long)(i / k))]);

    /// <summary>The weight [O, I, k, k] is scaled by gain / sqrt(I*k*k), the bias is not; zeros around keep the size.</summary>
    private static Tensor Convolve(Tensor x, IReadOnlyDictionary<string, Tensor> w, string name, double gain, bool withBias = true)
    {
        Tensor weight = w[$"{name}.weight"];
        (long inputs, long kernel) = (weight.shape[1], weight.shape[2]);
        return nn.functional.conv2d(x, weight.Times(gain / Math.Sqrt(inputs * kernel * kernel)), withBias ? w[$"{name}.bias"] : null, padding: [kernel / 2, kernel / 2]);
    }

    /// <summary>[N, I] by the weight [O, I], scaled by gain / sqrt(I).</summary>
    private static Tensor Multiply(Tensor x, IReadOnlyDictionary<string, Tensor> w, string name, double gain) =>
        x.matmul(w[$"{name}.weight"].transpose(0, 1).Times(gain / Math.Sqrt(x.shape[1]))) + w[$"{name}.bias"];

    private Tensor Leaky(Tensor x)
    {
        using (no_grad())
            Nearest = Math.Min(Nearest, (x.abs().min() / (x * x).mean().sqrt()).item<double>());
        return x.maximum(x.Times(0.2));
    }

    private static Tensor PixelNorm(Tensor x) => x / (x * x).mean([1L], keepdim: true).Plus(1e-8).sqrt();

    /// <summary>One more channel: of M = N / G groups the image i is in group i mod M, and gets the deviation within it, averaged over features and pixels.</summary>
    private static Tensor WithDeviation(Tensor x, int most)
    {
        (int n, long height, long width) = ((int)x.shape[0], x.shape[2], x.shape[3]);
        int size = Math.Min(most, n), groups = n / size;
        Tensor[] deviations = new Tensor[groups];
        for (int m = 0; m < groups; m++)
        {
            Tensor group = stack([.. Enumerable.Range(0, size).Select(i => x.select(0, m + i * groups))]);     // [G, C, H, W]
            Tensor off = group - group.mean([0L], keepdim: true);
            deviations[m] = (off * off).mean([0L]).Plus(1e-8).sqrt().mean();                                   // []
        }
        Tensor ofImages = stack([.. Enumerable.Range(0, n).Select(i => deviations[i % groups])]);              // [N]
        return cat([x, ofImages.reshape(n, 1, 1, 1).expand(n, 1, height, width)], 1);
    }
}
