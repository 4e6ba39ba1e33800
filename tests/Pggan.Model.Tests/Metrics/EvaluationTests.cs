using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class EvaluationTests
{
    private static readonly Action Nothing = () => { };
    private static readonly Dictionary<string, double> NoFloors = [];

    [Fact]
    public void Every_metric_gives_its_number_and_what_reals_get()
    {
        using Brightness features = new(isInception: true);
        MetricPlan plan = Plan(features, [.. MetricPlan.Names]);
        using MeasuredImages reals = Measure(plan, true, Noise(1, 60)), fakes = Measure(plan, false, Noise(2, 40));
        IReadOnlyDictionary<string, double> floors = Evaluation.Floors(plan, reals, Nothing);
        IReadOnlyList<MetricScore> scores = Evaluation.Score(plan, reals, fakes, floors, Nothing);
        Assert.Equal(["swd", "msssim", "fid", "kid", "is", "frechet-brightness", "kernel-brightness", "precision", "recall", "density", "coverage"],
            scores.Select(score => score.Metric));
        Assert.All(scores, score => Assert.True(double.IsFinite(score.Value) && score.Floor is { } floor && double.IsFinite(floor), score.ToString()));
        MetricScore swd = scores[0];
        Assert.Equal(["swd_32", "swd_16"], swd.Parts.Keys);
        Assert.Equal(swd.Parts.Values.Average(), swd.Value, 1e-12);
        Assert.Equal(FrechetDistance.Between(reals.Features!, fakes.Features!), scores[2].Value);
        Assert.Equal(scores[2].Value, scores[5].Value);
        Assert.Equal(reals.Similarities.Average(), scores[1].Floor);
        Assert.Equal(20, fakes.Similarities.Count);
        Assert.Equal([null, null, .. Enumerable.Repeat("00", 9)], scores.Select(score => score.Network));
    }

    [Fact]
    public void Worse_images_get_worse_numbers()
    {
        MetricPlan plan = Plan(null, ["swd"]);
        byte[] sharp = Noise(1, 64), other = Noise(2, 64), coarse = [.. sharp.Select((_, i) => sharp[i & ~3])];
        using MeasuredImages reals = Measure(plan, true, sharp), alike = Measure(plan, false, other), worse = Measure(plan, false, coarse);
        double floor = Evaluation.Floors(plan, reals, Nothing)["swd"], good = Score(alike), bad = Score(worse);
        Assert.True(bad > 2 * good && bad > 1.5 * floor, $"floor {floor}, good {good}, bad {bad}");

        double Score(MeasuredImages fakes) => Evaluation.Score(plan, reals, fakes, NoFloors, Nothing)[0].Value;
    }

    [Fact]
    public void Batches_change_nothing()
    {
        using Brightness features = new(isInception: false);
        MetricPlan plan = Plan(features, ["swd", "msssim", "frechet"]);
        byte[] images = Noise(3, 50);
        int size = images.Length / 50;
        using MeasuredImages reals = Measure(plan, true, Noise(1, 40)), whole = Measure(plan, false, images), pieces = new(plan, false);
        foreach ((int first, int count) in new[] { (0, 1), (1, 6), (7, 33), (40, 10) })
            pieces.Add(images.AsSpan(first * size, count * size), Nothing);
        Assert.Equal(
            Evaluation.Score(plan, reals, whole, NoFloors, Nothing).Select(score => score.Value),
            Evaluation.Score(plan, reals, pieces, NoFloors, Nothing).Select(score => score.Value));
    }

    [Theory]
    [InlineData("fid", "take frechet")]
    [InlineData("kid", "take kernel")]
    [InlineData("is", "leave it out")]
    [InlineData("fidd", "there is no metric 'fidd'")]
    public void A_network_that_is_not_inception_gives_no_fid(string metric, string words)
    {
        using Brightness features = new(isInception: false);
        Assert.Contains(words, Assert.Throws<ArgumentException>(Plan(features, [metric]).Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_that_can_not_be_taken_are_refused()
    {
        Assert.Contains("--features", Assert.Throws<ArgumentException>(Plan(null, ["fid"]).Validate).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>((Plan(null, ["swd"]) with { Height = 4 }).Validate);
        Assert.Throws<ArgumentException>((Plan(null, ["msssim"]) with { Width = 8 }).Validate);
        MetricPlan plan = Plan(null, ["swd"]);
        using MeasuredImages one = Measure(plan, true, Noise(1, 1));
        Assert.Throws<ArgumentException>(() => Evaluation.Floors(plan, one, Nothing));
        Assert.Throws<ArgumentException>(() => one.Add(new byte[7], Nothing));
    }

    private static MetricPlan Plan(FeatureExtractor? features, string[] metrics) =>
        new() { Metrics = metrics, Channels = 1, Height = 32, Width = 32, Seed = 5, Features = features };

    private static MeasuredImages Measure(MetricPlan plan, bool isReal, byte[] images)
    {
        MeasuredImages measured = new(plan, isReal);
        measured.Add(images, Nothing);
        return measured;
    }

    private static byte[] Noise(int seed, int images)
    {
        byte[] bytes = new byte[images * 32 * 32];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>The mean brightness of each row of an image.</summary>
    private sealed class Brightness(bool isInception) : FeatureExtractor
    {
        public override string Name => "brightness";

        public override string Digest => "00";

        public override int Size => 32;

        public override bool IsInception => isInception;

        internal override Tensor Features(Tensor images) => images.mean([1, 3]);

        internal override Tensor Probabilities(Tensor images) => images.mean([1, 3]).softmax(1);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
