using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Rows of the paper's Table 1 as presets, against the numbers of its Theano code.</summary>
public sealed class Table1Tests
{
    private const string Common =
        "beta1=0 epsilon=1E-08 fade_kimg=800 fmap_decay=1 fmap_max=512 fused_scale=false g_label_weight= initial_alpha=1 label_weight=1 loss=wgan-gp "
        + "minibatch_repeats=1 penalty_scale=official penalty_target=1 penalty_weight=10 ramp_kimg=0 reset_optimizers=true resolution=128 simultaneous_update=false train_kimg=800";

    private const string Start =
        "batch_norm=true beta2=0.9 discriminator_repeats=5 drift=0 equalized_learning_rate=false latent=128 layer_norm=true leaky_relu=false "
        + "normalize_latents=false pixel_norm=false rate=0.0001 stddev_group=1 tanh_output=true";

    private const string Own =
        "batch_norm=false beta2=0.99 discriminator_repeats=1 drift=0.001 ema_beta=0.999 initial_resolution=4 latent=0 layer_norm=false leaky_relu=true "
        + "minibatch=16 normalize_latents=true tanh_output=false";

    private static readonly DatasetFacts Data = new(1000, 128, 3, MirrorIsSafe: false);
    private static readonly MachineFacts Machine = new(IsCuda: false, Cores: 2, MemoryBytes: 16L << 30);

    public static TheoryData<string> Names => [.. Table1.Names];

    /// <summary>What each row has of what the code's rows differ in.</summary>
    [Theory]
    [InlineData("table1-a", Start + " discrimination_kernels=0 ema_beta=0.996005996001 fmap_base=2048 initial_resolution=128 minibatch=64 total_kimg=10000")]
    [InlineData("table1-b", Start + " discrimination_kernels=0 ema_beta=0.996005996001 fmap_base=2048 initial_resolution=4 minibatch=64 total_kimg=10000")]
    [InlineData("table1-c", Start + " discrimination_kernels=0 ema_beta=0.999 fmap_base=2048 initial_resolution=4 minibatch=16 total_kimg=10000")]
    [InlineData("table1-d", Own + " discrimination_kernels=0 equalized_learning_rate=false fmap_base=2048 pixel_norm=false rate=0.0001 stddev_group=1 total_kimg=10000")]
    [InlineData("table1-e-star", Own + " discrimination_kernels=100 equalized_learning_rate=false fmap_base=2048 pixel_norm=false rate=0.0001 stddev_group=1 total_kimg=10000")]
    [InlineData("table1-e", Own + " discrimination_kernels=0 equalized_learning_rate=false fmap_base=2048 pixel_norm=false rate=0.0001 stddev_group=16 total_kimg=10000")]
    [InlineData("table1-f", Own + " discrimination_kernels=0 equalized_learning_rate=true fmap_base=2048 pixel_norm=false rate=0.001 stddev_group=16 total_kimg=10000")]
    [InlineData("table1-g", Own + " discrimination_kernels=0 equalized_learning_rate=true fmap_base=2048 pixel_norm=true rate=0.001 stddev_group=16 total_kimg=10000")]
    [InlineData("table1-h", Own + " discrimination_kernels=0 equalized_learning_rate=true fmap_base=8192 pixel_norm=true rate=0.001 stddev_group=16 total_kimg=15000")]
    public void A_row_has_the_numbers_of_the_papers_code(string preset, string expected)
    {
        RunOptions options = Presets.Create(preset, Data, Machine, new PresetWishes());
        Assert.Equal(preset, options.Preset);
        Assert.Equal((options.GLearningRate.Default, 0, 0), (options.DLearningRate.Default, options.GLearningRate.At.Count, options.Minibatch.At.Count));
        JsonObject document = OptionsDocument.From(options);
        document["rate"] = options.GLearningRate.Default;
        document["minibatch"] = options.Minibatch.Default;
        Assert.All($"{Common} {expected}".Split(' '), assignment =>
        {
            string[] pair = assignment.Split('=');
            string actual = document[pair[0]]?.ToString() ?? "";
            if (pair[0] == "ema_beta")
                Assert.Equal(double.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture), options.EmaBeta, 1e-15);
            else
                Assert.Equal(assignment, $"{pair[0]}={actual}");
        });
    }

    /// <summary>The code averages once a step of G, here it is once a step of D.</summary>
    [Theory]
    [InlineData("table1-a", 20)]
    [InlineData("table1-c", 5)]
    [InlineData("table1-g", 1)]
    public void The_average_moves_as_far_in_a_step_of_G(string preset, int power)
    {
        RunOptions options = Presets.Create(preset, Data, Machine, new PresetWishes());
        Assert.Equal(Math.Pow(0.999, power), Math.Pow(options.EmaBeta, options.DiscriminatorRepeats), 1e-12);
    }

    /// <summary>D learns from each minibatch, and in the first rows G with each fifth one.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void It_trains(string preset)
    {
        JsonObject document = OptionsDocument.From(Presets.Create(preset, Data, Machine, new PresetWishes(Resolution: 8)));
        foreach (string assignment in new[] { "fmap_base=64", "fmap_max=8", "latent=8", "train_kimg=0.32", "fade_kimg=0.32", "total_kimg=1.28" })
            OptionsDocument.Set(document, assignment);
        RunOptions options = OptionsDocument.To(document);
        options.Validate();
        using ProgressiveTrainer trainer = new(options.ToTrainerOptions(labelSize: 0), null);
        Random random = new(1);
        int first = trainer.Point.Stage.Resolution, steps = 0, ofG = 0;
        StepMetrics step;
        do
        {
            // Images of two colours, so that there is something to tell.
            int pixels = trainer.Point.Stage.Resolution * trainer.Point.Stage.Resolution;
            byte[] images = [.. Enumerable.Range(0, trainer.Point.Minibatch * 3)
                .SelectMany(_ => Enumerable.Repeat(random.Next(64, 192), pixels).Select(colour => (byte)(colour + random.Next(-20, 20))))];
            step = trainer.Step(images, default);
            steps++;
            ofG += step.GeneratorLoss is null ? 0 : 1;
            Assert.Equal(0, step.SkippedUpdates);
            Assert.InRange(step.DiscriminatorLoss, -1000, 10_000); // fitted kernels are steep, and so the first penalties of (e*) are large
            Assert.All([step.GeneratorLoss ?? 0, step.RealScore, step.FakeScore], score => Assert.InRange(score, -1000, 1000));
        }
        while (!trainer.Completed);
        Assert.Equal(preset == "table1-a" ? 8 : 4, first);
        Assert.Equal(8, step.Stage.Resolution);
        Assert.Equal(steps / options.DiscriminatorRepeats, ofG);
    }

    /// <summary>As the code does, which takes 500 reals at the first resolution; a run that learns nothing shows what it began with.</summary>
    [Fact]
    public async Task Kernels_are_fitted_to_the_first_500_reals()
    {
        using TemporaryFolder folder = new();
        string[] sets = ["g_learning_rate=1e-30", "d_learning_rate=1e-30", "train_kimg=0.1", "fade_kimg=0.1", "total_kimg=0.032", "fmap_base=64", "fmap_max=8", "latent=8"];
        (int exit, _, string error) = await CommandLine.RunAsync(
            ["train", "--preset", "table1-e-star", "--resolution", "8", "--out", folder.Path, "--no-dashboard", .. sets.SelectMany(set => new[] { "--set", set })]);
        Assert.True(exit == 0, error);
        string run = Directory.GetDirectories(folder.Path, "0*").Single();
        Checkpoint learnt = RunDirectory.NewestCheckpoint(run)!;

        RunOptions options = OptionsDocument.To(OptionsDocument.ReadFile(Path.Combine(run, RunDirectory.OptionsFile)));
        using IImageSource source = Datasets.Open(RunOptions.EmbeddedData, RunOptions.Decode(options.Background, 3));
        List<byte> reals = [];
        await foreach (ImageBatch batch in DatasetImages.ReadAsync(source, options.ToPipelineOptions(), 4, 500, TestContext.Current.CancellationToken))
        {
            using (batch)
                reals.AddRange(batch.Pixels);
        }
        Assert.Equal(500 * 48, reals.Count);
        using ProgressiveTrainer trainer = new(options.ToTrainerOptions(labelSize: 0), null);
        trainer.Fit([.. reals]);
        foreach (string name in new[] { "D/head.discrimination.logScale", "D/head.discrimination.bias" })
            Assert.Equal(trainer.Capture(0, null).Tensors[name].Data, learnt.Tensors[name].Data);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_of_the_papers_size_unless_the_user_says_otherwise(string preset)
    {
        Assert.Equal(128, Presets.Create(preset, Data with { Resolution = 1024 }, Machine, new PresetWishes()).Resolution);
        RunOptions smaller = Presets.Create(preset, Data, Machine, new PresetWishes(Resolution: 32));
        Assert.Equal((32, preset == "table1-a" ? 32 : 4), (smaller.Resolution, smaller.InitialResolution));
    }
}
