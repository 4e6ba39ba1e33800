using Pggan.Model;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Pggan.Model.Generator;

namespace Pggan.Benchmarks;

/// <summary>What half precision costs or saves on this machine, and how far its networks and trainings are from those in fp32.</summary>
internal static class Precisions
{
    private const int Minibatch = 16;
    private const int Resolution = 32;
    private const int TimedSteps = 8;
    private const double MostTimedSeconds = 15;
    private const int Small = 8;
    private const int TrainedSteps = 200;
    private const int Compared = 100;
    private const double Settled = 12; // a loss scale that fits

    public static int Run(string device)
    {
        Console.WriteLine($"precision  step at {Resolution} px  processor time  images differ  scores differ  at {Small} px: loss D  loss G  gradient norm  skipped");
        (float[] Images, float[] Scores) full = Outputs(Precision.Fp32, device);
        foreach (Precision precision in new[] { Precision.Fp32, Precision.Bf16, Precision.Fp16 })
        {
            Console.Write($"{precision,-9}");
            (double seconds, double processor) = StepTime(precision, device);
            Console.Write(FormattableString.Invariant($"  {seconds * 1000,10:0} ms  {processor * 1000,11:0} ms"));
            (float[] Images, float[] Scores) half = Outputs(precision, device);
            Console.Write(FormattableString.Invariant($"  {Off(full.Images, half.Images),13:p3}  {Off(full.Scores, half.Scores),13:p3}"));
            (double lossD, double lossG, double norm, int skipped) = Train(precision, device);
            Console.WriteLine(FormattableString.Invariant($"  {lossD,19:0.0000}  {lossG,6:0.000}  {norm,13:0.0000}  {skipped,7}"));
        }
        return 0;
    }

    /// <summary>Seconds of the fastest step of D and G: other work on the machine only slows it. And those of all processors.</summary>
    private static (double Seconds, double Processor) StepTime(Precision precision, string device)
    {
        using ProgressiveTrainer trainer = new(Options(precision, device, Resolution), null);
        byte[] pixels = new byte[Minibatch * 3 * Resolution * Resolution];
        new Random(1).NextBytes(pixels);
        List<(double Seconds, double Processor)> steps = [];
        while (steps.Count < TimedSteps && steps.Sum(s => s.Seconds) < MostTimedSeconds)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            double seconds = trainer.Step(pixels, default).Seconds;
            steps.Add((seconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
        }
        return (steps.Min(s => s.Seconds), steps.Min(s => s.Processor));
    }

    /// <summary>Images of G and D's scores of images, by the same weights in any precision.</summary>
    private static (float[] Images, float[] Scores) Outputs(Precision precision, string device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        NetworkArchitecture architecture = Options(precision, device, Resolution).Architecture;
        Device on = TorchDevice.Parse(device);
        GrowthStage stage = GrowthStage.Grown(Resolution);
        Generator generator = new(architecture, 1) { Precision = precision };
        Discriminator discriminator = new(architecture, 1) { Precision = precision };
        generator.to(on);
        discriminator.to(on);
        HostTensor latents = ImageSampler.Latents(64, architecture.Latents, 1);
        Tensor z = tensor(latents.Data, latents.Shape).to(on);
        byte[] pixels = Pictures(64, Resolution, new Random(2));
        Tensor reals = (tensor(pixels, [64, 3, Resolution, Resolution]).to(on).to(float32) - 127.5f) / 127.5f;
        return (Numbers(generator.forward(z, null, stage)), Numbers(discriminator.forward(reals, stage).Scores));
    }

    /// <summary>Means over the last steps of a short training.</summary>
    private static (double LossD, double LossG, double Norm, int Skipped) Train(Precision precision, string device)
    {
        using ProgressiveTrainer trainer = new(Options(precision, device, Small), null);
        Checkpoint start = trainer.Capture(0, null);
        trainer.Restore(start with { State = start.State with { GeneratorLossScale = Settled, DiscriminatorLossScale = Settled } });
        Random random = new(3);
        List<StepMetrics> steps = [.. Enumerable.Range(0, TrainedSteps).Select(_ => trainer.Step(Pictures(Minibatch, Small, random), default))];
        StepMetrics[] last = [.. steps.TakeLast(Compared).Where(step => !step.Overflowed)];
        return (last.Average(s => s.DiscriminatorLoss), last.Average(s => s.GeneratorLoss!.Value), last.Average(s => s.GradientNorm), steps.Sum(s => s.SkippedUpdates));
    }

    private static TrainerOptions Options(Precision precision, string device, int resolution) => new()
    {
        Architecture = new NetworkArchitecture { Resolution = resolution, FmapBase = 512, FmapMax = resolution == Small ? 16 : 64 },
        Schedule = new GrowthScheduleOptions { Resolution = resolution, InitialResolution = resolution, MinibatchBase = Minibatch },
        Device = device,
        Precision = precision,
    };

    /// <summary>Colours that flow from one corner to the other, with a little noise: [N, 3, R, R].</summary>
    private static byte[] Pictures(int count, int resolution, Random random)
    {
        List<byte> pixels = [];
        for (int plane = 0; plane < count * 3; plane++)
        {
            (double from, double to) = (random.Next(32, 224), random.Next(32, 224));
            for (int i = 0; i < resolution * resolution; i++)
                pixels.Add((byte)(from + (to - from) * (i % resolution + i / resolution) / (2 * resolution) + random.Next(-16, 16)));
        }
        return [.. pixels];
    }

    private static float[] Numbers(Tensor x) => x.cpu().contiguous().data<float>().ToArray();

    /// <summary>The largest difference, as a share of the largest number.</summary>
    private static double Off(float[] expected, float[] actual) => expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max() / expected.Max(Math.Abs);
}
