using BenchmarkDotNet.Attributes;
using Pggan.Model;

namespace Pggan.Benchmarks;

/// <summary>One step (D with penalty, average, G) of 16 images on the CPU, at a grown resolution.</summary>
public class TrainingStepBenchmarks
{
    private const int Minibatch = 16;

    private ProgressiveTrainer _trainer = null!;
    private byte[] _pixels = [];

    /// <summary>Side of the images in pixels.</summary>
    [Params(4, 8, 16, 32, 64)]
    public int Resolution { get; set; }

    /// <summary>The networks: feature maps base/most. The official ones are 8192/512.</summary>
    [Params("512/64", "8192/512")]
    public string Fmaps { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        string[] fmaps = Fmaps.Split('/');
        _trainer = new ProgressiveTrainer(
            new TrainerOptions
            {
                Architecture = new NetworkArchitecture { Resolution = 64, FmapBase = int.Parse(fmaps[0]), FmapMax = int.Parse(fmaps[1]) },
                Schedule = new GrowthScheduleOptions { Resolution = 64, InitialResolution = Resolution, MinibatchBase = Minibatch },
            },
            null);
        _pixels = new byte[Minibatch * 3 * Resolution * Resolution];
        new Random(1).NextBytes(_pixels);
    }

    [GlobalCleanup]
    public void Cleanup() => _trainer.Dispose();

    [Benchmark(Description = "training step")]
    [Images(Minibatch)]
    public StepMetrics Step() => _trainer.Step(_pixels, default);
}
