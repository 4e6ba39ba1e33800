using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Appends the standard deviation over a group of images, averaged over features and pixels, as one more channel (paper, section 3).
/// Groups are strided as in the reference: with G images a group and M = N / G groups, image i belongs to group i mod M.
/// </summary>
internal static class MinibatchStdDev
{
    private const double Epsilon = 1e-8;

    /// <summary>[N, C, H, W] to [N, C+1, H, W], by the conventions of an architecture.</summary>
    /// <exception cref="ArgumentException">As <see cref="Append(Tensor, int)"/>.</exception>
    public static Tensor Append(Tensor x, NetworkArchitecture architecture) =>
        architecture.IsOfZoo ? AppendOfNeighbours(x, architecture.StdDevGroup) : Append(x, architecture.StdDevGroup);

    /// <summary>[N, C, H, W] to [N, C+1, H, W].</summary>
    /// <exception cref="ArgumentException">N is no multiple of the group (the smaller of <paramref name="group"/> and N).</exception>
    public static Tensor Append(Tensor x, int group)
    {
        long n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
        long g = Math.Min(group, n);
        if (n % g != 0)
            throw new ArgumentException($"a minibatch of {n} can't be divided into groups of {g} for the minibatch standard deviation");
        Tensor y = x.reshape(g, n / g, c, h, w).Widened();      // [G, M, C, H, W] in fp32 at least
        y = y - y.mean([0L], keepdim: true);                    // [G, M, C, H, W] deviation from the group's mean
        y = (y * y).mean([0L]);                                 // [M, C, H, W]    biased variance
        y = y.Plus(Epsilon).sqrt();                             // [M, C, H, W]    standard deviation
        y = y.mean([1L, 2L, 3L], keepdim: true);                // [M, 1, 1, 1]    mean over features and pixels
        y = y.Like(x).repeat(g, 1, 1, 1).expand(n, 1, h, w);    // [N, 1, H, W]    image i gets the value of group i mod M
        return cat([x, y], 1);                                  // [N, C+1, H, W]
    }

    /// <summary>
    /// As pytorch_GAN_zoo does it: groups of neighbours, of the whole minibatch where it can't be divided, unbiased variance, and zeros for a group
    /// of one.
    /// </summary>
    private static Tensor AppendOfNeighbours(Tensor x, int group)
    {
        long n = x.shape[0], c = x.shape[1], h = x.shape[2], w = x.shape[3];
        long g = n % Math.Min(group, n) == 0 ? Math.Min(group, n) : n;
        if (g == 1)
            return cat([x, zeros([n, 1, h, w], dtype: x.dtype, device: x.device)], 1);
        Tensor y = x.reshape(n / g, g, c, h, w).Widened();      // [M, G, C, H, W] in fp32 at least
        y = y - y.mean([1L], keepdim: true);                    // [M, G, C, H, W] deviation from the group's mean
        y = (y * y).sum(1).Times(1.0 / (g - 1));                // [M, C, H, W]    unbiased variance
        y = y.Plus(Epsilon).sqrt();                             // [M, C, H, W]    standard deviation
        y = y.mean([1L, 2L, 3L], keepdim: true);                // [M, 1, 1, 1]    mean over features and pixels
        y = y.Like(x).reshape(n / g, 1, 1, 1, 1).expand(n / g, g, 1, h, w).reshape(n, 1, h, w);
        return cat([x, y], 1);                                  // [N, C+1, H, W]
    }
}
