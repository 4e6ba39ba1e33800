using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class InversionLossTests
{
    private static readonly NetworkArchitecture Sphere = new() { Resolution = 8, Channels = 1, FmapBase = 32, FmapMax = 4 };

    private static readonly NetworkArchitecture Plain = Sphere with { NormalizeLatents = false };

    [Fact]
    public void Pixels_are_compared_at_every_resolution_down_to_4()
    {
        // A pixel that is off by 4 is off by 1 in the mean of its square: (16 / 64 + 1 / 16) / 2.
        using DisposeScope scope = NewDisposeScope();
        float[] pixels = new float[2 * 64];
        pixels[64 + 9] = 4;
        IReadOnlyList<Tensor> pyramid = PixelPyramid.Of(tensor(pixels, 2, 1, 8, 8));
        Assert.Equal([8, 4], pyramid.Select(level => (int)level.shape[3]));
        Assert.Equal([0, 0.15625f], PixelPyramid.Distance(pyramid, PixelPyramid.Of(zeros(1, 1, 8, 8))).data<float>().ToArray());
    }

    [Fact]
    public void A_checkerboard_is_off_at_the_finest_resolution_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] board = [.. Enumerable.Range(0, 16 * 16).Select(i => (i + i / 16) % 2 == 0 ? 1f : -1f)];
        Tensor distance = PixelPyramid.Distance(PixelPyramid.Of(tensor(board, 1, 1, 16, 16)), PixelPyramid.Of(zeros(1, 1, 16, 16)));
        Assert.Equal(1.0 / 3, distance.item<float>(), 1e-6);
    }

    [Fact]
    public void A_white_pixel_of_the_target_asks_for_white_or_more_and_a_grey_one_for_no_more()
    {
        using DisposeScope scope = NewDisposeScope();
        InversionLoss white = new(Plain, ones(1, 1, 4, 4), null, null, new InversionOptions()), black = new(Plain, -ones(1, 1, 4, 4), null, null, new InversionOptions());
        InversionLoss grey = new(Plain, zeros(1, 1, 4, 4), null, null, new InversionOptions());
        Tensor glaring = full([1, 1, 4, 4], 3f);
        Assert.Equal([0, 16, 9], new[] { white, black, grey }.Select(loss => Pixels(loss, glaring)));
        Assert.Equal([16, 0, 9], new[] { white, black, grey }.Select(loss => Pixels(loss, -glaring)));

        static double Pixels(InversionLoss loss, Tensor images) => loss.Terms(zeros(1, 4), images)[0, 0].item<float>();
    }

    [Fact]
    public void A_latent_has_a_prior_where_it_is_not_normalised()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor z = tensor(new float[] { 1, 2, 3, 4 }, 1, 4);
        Assert.Equal(0.5 * 30 / 4, LatentSphere.Prior(z, Plain).item<float>(), 1e-6);
        Assert.Equal(0, LatentSphere.Prior(z, Sphere).item<float>());
        Assert.Equal(z.data<float>().ToArray(), LatentSphere.Project(z, Plain).data<float>().ToArray());
        Assert.Equal([.. new double[] { 1, 2, 3, 4 }.Select(v => v * 2 / Math.Sqrt(30))], LatentSphere.Project(z, Sphere).data<float>().ToArray().Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Features_are_compared_relative_to_the_target_s()
    {
        // Bytes 127.5 * (x + 1): the target's are 255 everywhere and the image's 127.5, a half less: 0.25 of its square.
        using DisposeScope scope = NewDisposeScope();
        using BlockFeatures features = new(1);
        InversionLoss loss = new(Plain, ones(1, 1, 8, 8), features, null, new InversionOptions());
        float[] terms = loss.Terms(zeros(1, 4), zeros(1, 1, 8, 8)).data<float>().ToArray();
        Assert.Equal([1, 0.25, 0, 0], terms.Select(t => (double)t), (a, b) => Math.Abs(a - b) < 1e-5);

        InversionLoss without = new(Plain, ones(1, 1, 8, 8), features, null, new InversionOptions { FeatureWeight = 0 });
        Assert.Equal([1, 0, 0, 0], without.Terms(zeros(1, 4), zeros(1, 1, 8, 8)).data<float>().ToArray());
    }

    [Fact]
    public void The_loss_is_the_weighted_sum_of_its_terms()
    {
        using DisposeScope scope = NewDisposeScope();
        using BlockFeatures features = new(1);
        InversionOptions options = new() { PixelWeight = 2, FeatureWeight = 3, PriorWeight = 5, RealismWeight = 7 };
        InversionLoss loss = new(Plain, ones(1, 1, 8, 8), features, null, options);
        Tensor terms = loss.Terms(ones(1, 4), zeros(1, 1, 8, 8));
        Assert.Equal(2 * 1 + 3 * 0.25 + 5 * 0.5, terms.matmul(loss.Weights).item<float>(), 1e-4);
    }

    /// <summary>Minibatch discrimination compares all images of a minibatch, whatever their groups.</summary>
    [Fact]
    public void Realism_of_an_image_does_not_depend_on_its_neighbours_where_all_images_are_compared()
    {
        using DisposeScope scope = NewDisposeScope();
        using Discriminator discriminator = new(Sphere with { StdDevGroup = 1, DiscriminationKernels = 3 }, seed: 3);
        GrowthStage stage = GrowthStage.Grown(8);
        Tensor images = Chance.Normal(Realism.ImagesFor(discriminator.Architecture) + 4, 64, 1, Purpose.Inversion, 0).reshape(-1, 1, 8, 8);
        discriminator.Fit(images, stage);
        Realism realism = new(discriminator, i => images.narrow(0, i, 1), stage);
        Tensor judged = images.narrow(0, images.shape[0] - 4, 4), together = realism.Of(judged);
        for (int i = 0; i < 4; i++)
            Assert.Equal(realism.Of(judged.narrow(0, i, 1)).item<float>(), together[i].item<float>(), 1e-4);
        Assert.True((together[0] - together[1]).abs().item<float>() > 1e-3);
    }

    [Fact]
    public void Realism_of_an_image_does_not_depend_on_its_neighbours_and_follows_the_score()
    {
        using DisposeScope scope = NewDisposeScope();
        using Discriminator discriminator = new(Sphere, seed: 3);
        GrowthStage stage = GrowthStage.Grown(8);
        Tensor images = Chance.Normal(40, 64, 1, Purpose.Inversion, 0).reshape(40, 1, 8, 8);
        Realism realism = new(discriminator, i => images.narrow(0, i, 1), stage);

        double[] together = [.. realism.Of(images.narrow(0, 30, 6)).data<float>().Select(v => (double)v)];
        double[] alone = [.. Enumerable.Range(30, 6).Select(i => (double)realism.Of(images.narrow(0, i, 1)).item<float>())];
        Assert.Equal(alone, together, (a, b) => Math.Abs(a - b) < 1e-4);

        // By hand: an image among the first three, in one group of four, against 16 others judged in the same way.
        double[] scores = [.. Enumerable.Range(3, 16).Select(Score)];
        double mean = scores.Average(), deviation = Math.Sqrt(scores.Sum(s => (s - mean) * (s - mean)) / 15);
        Assert.Equal(Math.Log(1 + Math.Exp((mean - Score(30)) / deviation)), alone[0], 1e-3);

        double Score(int i) => discriminator.forward(cat([images.narrow(0, i, 1), images.narrow(0, 0, 3)]), stage).Scores[0].item<float>();
    }

    [Fact]
    public void Candidates_of_every_class_go_on_before_second_ones_of_any()
    {
        Candidate[] all = [C(0, 1), C(0, 2), C(0, 3), C(1, 9), C(2, 4), C(1, 8), C(2, double.PositiveInfinity)];
        Assert.Equal([1, 4], Candidate.Choose(all, 2).Select(c => c.Loss));
        Assert.Equal([1, 4, 8, 2, 3], Candidate.Choose(all, 5).Select(c => c.Loss));
        Assert.Equal([1, 4, 8], Candidate.Choose(Candidate.Prune(Candidate.Prune(all[..4], 3).Concat(all[4..]), 3), 3).Select(c => c.Loss));

        static Candidate C(int @class, double loss) => new([], @class, loss);
    }
}
