using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Closed ways through latent space: behind the last frame comes the first.</summary>
public static class LatentWalk
{
    /// <summary>Where the Gaussian ends, in standard deviations.</summary>
    private const double Reach = 4;

    /// <summary>Below this sine two directions are one, or opposite, and no arc between them is shorter than the others.</summary>
    private const double SmallestSine = 1e-6;

    /// <summary>
    /// A way of no aim: normal latents for each frame, smoothed along time by a Gaussian that goes on from the last frame to the first, and scaled
    /// to a mean square of 1 over all of them, as the reference's interpolation video has it.
    /// </summary>
    /// <param name="frames">F, at least 1.</param>
    /// <param name="cells">N, images a frame, each with a way of its own.</param>
    /// <param name="size">L, components of a latent.</param>
    /// <param name="sigma">Standard deviation of the Gaussian in frames; 0 = each frame is a latent of its own.</param>
    /// <param name="seed">Of the latents.</param>
    /// <returns>[F * N, L], frame by frame.</returns>
    public static HostTensor Smooth(int frames, int cells, int size, double sigma, long seed)
    {
        double[] kernel = Kernel(frames, sigma);
        using var scope = NewDisposeScope();
        Tensor z = Chance.Normal((long)frames * cells, size, seed, Purpose.Walk, 0).reshape(frames, -1); // [F, N * L]

        // A convolution that wraps around is a product of spectra, and that of an even kernel is real.
        Tensor gaussian = fft.rfft(tensor(kernel, [frames], dtype: float64)).real.to(float32).reshape(-1, 1);
        Tensor smooth = fft.irfft(fft.rfft(z, dim: 0) * gaussian, n: frames, dim: 0);
        smooth = smooth / smooth.square().mean().sqrt();
        return HostTensor.From(smooth.reshape(-1, size));
    }

    /// <summary>A way from key to key and back to the first, each as long as the others; a cell begins one key after the cell before it.</summary>
    /// <param name="keys">[K, L].</param>
    /// <param name="frames">F, at least 1.</param>
    /// <param name="cells">N, images a frame.</param>
    /// <returns>[F * N, L], frame by frame.</returns>
    public static HostTensor Between(HostTensor keys, int frames, int cells)
    {
        ArgumentNullException.ThrowIfNull(keys);
        int count = (int)keys.Shape[0], size = (int)keys.Shape[1];
        float[] way = new float[frames * cells * size];
        for (int i = 0; i < frames * cells; i++)
        {
            double position = (double)(i / cells) * count / frames;
            int key = (int)position;
            Slerp(Key(key + i % cells), Key(key + 1 + i % cells), position - key, way.AsSpan(i * size, size));
        }
        return new HostTensor([frames * cells, size], way);

        ReadOnlySpan<float> Key(int number) => keys.Data.AsSpan(number % count * size, size);
    }

    /// <summary>A Gaussian of sum 1 around the first of so many frames, which wraps around as often as it must.</summary>
    internal static double[] Kernel(int frames, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        double[] kernel = new double[frames];
        int reach = (int)(Reach * sigma + 0.5);
        for (int i = -reach; i <= reach; i++)
            kernel[((i % frames) + frames) % frames] += reach == 0 ? 1 : Math.Exp(-0.5 * i * i / (sigma * sigma));
        double sum = kernel.Sum();
        return Array.ConvertAll(kernel, weight => weight / sum);
    }

    /// <summary>The direction along the arc from a to b, the length along the line.</summary>
    internal static void Slerp(ReadOnlySpan<float> a, ReadOnlySpan<float> b, double t, Span<float> target)
    {
        double lengthA = Math.Sqrt(Dot(a, a)), lengthB = Math.Sqrt(Dot(b, b));
        double angle = lengthA > 0 && lengthB > 0 ? Math.Acos(Math.Clamp(Dot(a, b) / lengthA / lengthB, -1, 1)) : 0;
        double sine = Math.Sin(angle), ofA = 1 - t, ofB = t;
        if (sine > SmallestSine)
        {
            double length = lengthA + t * (lengthB - lengthA);
            ofA = Math.Sin((1 - t) * angle) / sine * length / lengthA;
            ofB = Math.Sin(t * angle) / sine * length / lengthB;
        }
        for (int i = 0; i < target.Length; i++)
            target[i] = (float)(ofA * a[i] + ofB * b[i]);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
