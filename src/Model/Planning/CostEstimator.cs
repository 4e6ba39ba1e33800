using System.Diagnostics;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Estimates time and memory of a training before it begins, from the convolutions' sizes and this machine's speed at them.</summary>
public static class CostEstimator
{
    // A step of D runs it forward and backward on reals and on fakes (3 + 3), differentiates it twice for the penalty (about 8), and runs G once for the
    // fakes. One of G passes its loss through D (2), and runs G forward and backward (3).
    private const double DiscriminatorPasses = 6;
    private const double PenaltyPasses = 8;
    private const double FakesPasses = 1;
    private const double PassesOfDForG = 2;
    private const double GeneratorPasses = 3;

    // Tensors as large as a layer's output that are alive at once in the penalty's second differentiation, and in G's backward pass.
    private const double DiscriminatorCopies = 9;
    private const double GeneratorCopies = 7;

    // What the C library's heap holds beside what is in use: freed tensors leave holes that others do not fit. As measured on CPUs.
    private const double HeapOverhead = 4;

    /// <summary>Networks' worth of memory of a replica: G, D, and the gradients of one of them.</summary>
    private const double ReplicaNetworks = 3;

    /// <summary>Seconds that a step's several hundred small operations take however little they compute.</summary>
    private const double StepOverhead = 0.01;

    /// <summary>One estimate for each resolution of the schedule.</summary>
    /// <param name="options">The training.</param>
    /// <param name="flops">Multiplications and additions a second in convolutions, as <see cref="MeasureFlops"/> gives.</param>
    public static IReadOnlyList<CostEstimate> Estimate(TrainerOptions options, double flops)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(flops);
        GrowthSchedule schedule = GrowthSchedule.Create(options.Schedule);
        return [.. schedule.Phases.GroupBy(p => p.Resolution).Select(group =>
        {
            int minibatch = schedule.At(group.First().StartImages + 1).Minibatch;
            (double macs, _) = Count(options, group.Key);
            int devices = TorchDevice.Names(options.Device).Count, share = minibatch / devices;
            double step = StepOverhead + (OnCpu(options) ? minibatch : share) * macs * 2 / flops; // replicas on the CPU share its cores
            int atOnce = Math.Min(share, options.MicroBatch.GetValueOrDefault(group.Key, share));
            return new CostEstimate(group.Key, minibatch, step * 1000 / minibatch, Bytes(options, group.Key, atOnce));
        })];
    }

    /// <summary>
    /// Memory that the networks, optimizers and one step need with so many images computed at once by each device: on the CPU, which replicas share,
    /// or on the first GPU, which has the optimizers.
    /// </summary>
    internal static long Bytes(TrainerOptions options, int resolution, int atOnce)
    {
        int together = OnCpu(options) ? TorchDevice.Names(options.Device).Count : 1;
        double overhead = OnCpu(options) ? HeapOverhead : 1;
        double networks = 5 + ReplicaNetworks * (together - 1);
        return (long)((networks * Parameters(options.Architecture) + overhead * atOnce * together * Count(options, resolution).Activations) * sizeof(float));
    }

    /// <summary>Times a convolution of typical size, forward and backward, for about a tenth of a second.</summary>
    /// <param name="deviceName">"auto", "cpu", "cuda:0".</param>
    /// <param name="precision">What it computes with.</param>
    /// <returns>Multiplications and additions a second.</returns>
    public static double MeasureFlops(string deviceName, Precision precision = Precision.Fp32)
    {
        const int images = 16, features = 64, side = 16, repeats = 12;
        const double enough = 1; // seconds, where a CPU is slow at half precision
        Device device = TorchDevice.Parse(deviceName);
        ScalarType type = Casts.TypeOf(precision);
        using var scope = NewDisposeScope();
        Tensor x = randn([images, features, side, side], type, device).requires_grad_();
        Tensor w = randn([features, features, 3, 3], type, device).requires_grad_();
        List<double> seconds = [];
        while (seconds.Count < repeats && seconds.Sum() < enough)
        {
            long started = Stopwatch.GetTimestamp();
            Tensor loss = nn.functional.conv2d(x, w, padding: [1L, 1L]).sum();
            Gradients.Of(loss, [x, w])[1].Widened().sum().item<float>(); // reading a number waits for the device
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        double flopsOfPasses = 3.0 * 2 * images * features * features * 9 * side * side;
        return flopsOfPasses / seconds.Min(); // the fastest: other work on the machine only slows it
    }

    /// <summary>Multiply-adds of a step, and floats that it keeps, for one image.</summary>
    private static (double MultiplyAdds, double Activations) Count(TrainerOptions options, int resolution)
    {
        NetworkArchitecture a = options.Architecture;
        double share = 1.0 / options.DiscriminatorRepeats; // of a step of G
        if (a.Layout == NetworkLayout.Dcgan)
            return CountDcgan(a, share);
        double discriminator = 0, generator = 0, features = 0;
        for (int level = 0; level <= a.LevelOf(resolution); level++)
        {
            double pixels = a.PixelsAt(NetworkArchitecture.ResolutionOf(level));
            double wide = a.FeatureMaps(level + 1), above = a.FeatureMaps(level);
            double inner = 9 * wide * wide * pixels;
            double across = (a.FusedScale ? 4 : 9) * wide * above * pixels; // 4x4 at a quarter of the pixels, or 3x3 at all
            discriminator += level > 0 ? inner + across : inner + a.BasePixels * wide * a.FeatureMaps(0);
            generator += level > 0 ? inner + across : inner + a.BasePixels * wide * a.Latents;
            features += 2 * wide * pixels;
        }
        return (
            (DiscriminatorPasses + PenaltyPasses + PassesOfDForG * share) * discriminator + (FakesPasses + GeneratorPasses * share) * generator,
            (DiscriminatorCopies + GeneratorCopies) * features);
    }

    /// <summary>The same of a DCGAN, whose two networks are alike and have no penalty to be differentiated twice.</summary>
    private static (double MultiplyAdds, double Activations) CountDcgan(NetworkArchitecture a, double share)
    {
        double passes = DiscriminatorPasses + FakesPasses + (PassesOfDForG + GeneratorPasses) * share, multiplyAdds = (double)a.BasePixels * a.FeatureMaps(1) * a.Latents, features = 0;
        for (int level = 1; level < a.Levels; level++)
        {
            double pixels = a.PixelsAt(NetworkArchitecture.ResolutionOf(level - 1));
            multiplyAdds += 16 * a.FeatureMaps(level) * (level < a.Levels - 1 ? a.FeatureMaps(level + 1) : a.Channels) * pixels;
            features += 2 * a.FeatureMaps(level) * pixels;
        }
        return (passes * multiplyAdds, (DiscriminatorCopies + GeneratorCopies) * features);
    }

    private static bool OnCpu(TrainerOptions options) => TorchDevice.First(options.Device) == "cpu";

    private static double Parameters(NetworkArchitecture a)
    {
        double count = 0;
        for (int level = 0; level < a.Levels; level++)
            count += 9.0 * a.FeatureMaps(level + 1) * (a.FeatureMaps(level + 1) + (level > 0 ? a.FeatureMaps(level) : 0));
        return count + (double)a.BasePixels * a.FeatureMaps(1) * (a.Latents + a.LabelSize);
    }
}
