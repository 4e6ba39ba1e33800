namespace Pggan.Model.Tests;

public sealed class PreflightTests
{
    [Fact]
    public void Every_resolution_is_tried_once_with_its_own_minibatch()
    {
        List<PreflightResult> told = [];
        IReadOnlyList<PreflightResult> results = Preflight.Run(Options, long.MaxValue, told.Add, TestContext.Current.CancellationToken);
        Assert.Equal([(4, 8), (8, 4), (16, 4)], results.Select(r => (r.Stage.Resolution, r.Minibatch)));
        Assert.True(results[1].Stage.IsFading);
        Assert.All(results, r => Assert.True(r.Seconds > 0 && r.ProcessBytes > 0));
        Assert.Equal(results, told);
    }

    /// <summary>The second step at a resolution is at the same stage as the first one.</summary>
    [Fact]
    public void Phases_as_short_as_a_step_are_tried_like_others()
    {
        TrainerOptions options = Options with
        {
            DiscriminatorRepeats = 5,
            Schedule = Options.Schedule with { TrainKimg = 0.008, FadeKimg = 0.008, MinibatchBase = 8, Minibatch = new Dictionary<int, int>() },
        };
        IReadOnlyList<PreflightResult> results = Preflight.Run(options, long.MaxValue, null, TestContext.Current.CancellationToken);
        Assert.Equal([4, 8, 16], results.Select(r => r.Stage.Resolution));
    }

    /// <summary>Of five steps of D one has a step of G.</summary>
    [Fact]
    public void An_estimate_counts_steps_of_G_as_often_as_they_come()
    {
        double each = Seconds(1), fifth = Seconds(5);
        Assert.InRange(fifth / each, 0.78, 0.82); // 15 + 5 / 5 passes through networks that are alike, of 15 + 5

        static double Seconds(int repeats) => CostEstimator.Estimate(Options with { DiscriminatorRepeats = repeats }, 1e4)[^1].SecondsPerKimg;
    }

    [Fact]
    public void A_step_that_fits_no_memory_is_named_with_its_resolution()
    {
        TrainerOptions options = Options with
        {
            Schedule = Options.Schedule with { Minibatch = new Dictionary<int, int> { [4] = 8, [16] = 1 << 24 } },
        };
        PreflightFailedException failed = Assert.Throws<PreflightFailedException>(
            () => Preflight.Run(options, long.MaxValue, null, TestContext.Current.CancellationToken));
        Assert.Contains("16x16 with minibatch 16777216 does not fit", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_resolution_whose_estimate_is_beyond_the_memory_is_computed_in_parts()
    {
        TrainerOptions options = Options with { Schedule = Options.Schedule with { MinibatchBase = 16, Minibatch = new Dictionary<int, int>() } };
        long half = CostEstimator.Bytes(options, 16, 8);
        IReadOnlyList<PreflightResult> results = Preflight.Run(options, half, null, TestContext.Current.CancellationToken);
        Assert.Equal([(4, 16), (8, 16), (16, 8)], results.Select(r => (r.Stage.Resolution, r.MicroBatch)));
        Assert.All(results, r => Assert.Equal(16, r.Minibatch));
        Assert.Equal([true, true, false], results.Select(r => r.Reduced is null));
        Assert.Contains("would be needed of", results[2].Reduced, StringComparison.Ordinal);

        // An estimate is no refusal: single groups are tried in any case.
        results = Preflight.Run(options, 1, null, TestContext.Current.CancellationToken);
        Assert.All(results, r => Assert.Equal(4, r.MicroBatch));
    }

    [Fact]
    public void Replicas_on_the_cpu_share_its_memory_and_each_computes_fewer_images_at_once()
    {
        TrainerOptions one = Options with { Schedule = Options.Schedule with { MinibatchBase = 16, Minibatch = new Dictionary<int, int>() } };
        TrainerOptions two = one with { Device = "cpu,cpu" };
        long memory = CostEstimator.Bytes(two, 16, 4);
        Assert.True(memory > CostEstimator.Bytes(one, 16, 4));
        IReadOnlyList<PreflightResult> results = Preflight.Run(two, memory, null, TestContext.Current.CancellationToken);
        Assert.Equal([(4, 8, true), (8, 8, true), (16, 4, false)], results.Select(r => (r.Stage.Resolution, r.MicroBatch, r.Reduced is null)));

        // GPUs have memory of their own, and share the work as well.
        TrainerOptions gpus = one with { Device = "cuda:0,cuda:1" };
        Assert.Equal(CostEstimator.Bytes(one with { Device = "cuda:0" }, 16, 8), CostEstimator.Estimate(gpus, 1)[2].Bytes);
        Assert.True(CostEstimator.Estimate(gpus, 1)[2].SecondsPerKimg < CostEstimator.Estimate(one, 1)[2].SecondsPerKimg);
        Assert.Equal(CostEstimator.Estimate(one, 1)[2].SecondsPerKimg, CostEstimator.Estimate(two, 1)[2].SecondsPerKimg);
    }

    [Fact]
    public void A_size_given_by_hand_that_fits_is_no_reduction()
    {
        TrainerOptions options = Options with { MicroBatch = new Dictionary<int, int> { [4] = 4 } };
        IReadOnlyList<PreflightResult> results = Preflight.Run(options, long.MaxValue, null, TestContext.Current.CancellationToken);
        Assert.Equal([(4, null), (4, null), (4, (string?)null)], results.Select(r => (r.MicroBatch, r.Reduced)));
        Assert.True(CostEstimator.Estimate(options, 1)[0].Bytes < CostEstimator.Estimate(Options, 1)[0].Bytes);
    }

    [Fact]
    public void Estimates_rise_with_the_resolution_and_the_size_of_the_networks()
    {
        double flops = CostEstimator.MeasureFlops("cpu");
        IReadOnlyList<CostEstimate> small = CostEstimator.Estimate(Options, flops);
        Assert.Equal([4, 8, 16], small.Select(e => e.Resolution));
        Assert.True(small[2].SecondsPerKimg > small[1].SecondsPerKimg);
        TrainerOptions large = Options with { Architecture = Options.Architecture with { FmapBase = 512, FmapMax = 64 } };
        Assert.All(CostEstimator.Estimate(large, flops).Zip(small), pair =>
        {
            Assert.True(pair.First.SecondsPerKimg > pair.Second.SecondsPerKimg);
            Assert.True(pair.First.Bytes > pair.Second.Bytes);
        });
    }

    private static TrainerOptions Options => new()
    {
        Architecture = new NetworkArchitecture { Resolution = 16, FmapBase = 32, FmapMax = 8 },
        Schedule = new GrowthScheduleOptions
        {
            Resolution = 16,
            TrainKimg = 1,
            FadeKimg = 1,
            TotalKimg = 10,
            MinibatchBase = 4,
            Minibatch = new Dictionary<int, int> { [4] = 8 },
        },
    };
}
