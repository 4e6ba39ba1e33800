using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// What D thinks of an image, measured by what it thinks of the network's random images, so that a weight means the same for every network and
/// loss. D compares images of a minibatch; each image is shown to it among the same random ones, so that its score is its own.
/// </summary>
internal sealed class Realism
{
    private const int Judged = 16;

    private readonly Discriminator discriminator;
    private readonly GrowthStage stage;
    private readonly Tensor companions; // [G-1, nf(1), H0, W0], features of random images
    private readonly double mean;
    private readonly double deviation;

    /// <param name="discriminator">D.</param>
    /// <param name="draw">A random image of the network by its number below <see cref="ImagesFor"/>, [1, C, H, W].</param>
    /// <param name="stage">How far the networks have grown.</param>
    public Realism(Discriminator discriminator, Func<int, Tensor> draw, GrowthStage stage)
    {
        (this.discriminator, this.stage) = (discriminator, stage);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor features = cat([.. Enumerable.Range(0, ImagesFor(discriminator.Architecture)).Select(FeaturesOf)]);
        int others = Companions(discriminator.Architecture);
        companions = features.narrow(0, 0, others).clone().MoveToOuterDisposeScope();
        Tensor scores = Scores(features.narrow(0, others, features.shape[0] - others));
        mean = scores.mean().item<float>();
        deviation = Math.Max(scores.std().item<float>(), 1e-6); // of a network that draws one image

        Tensor FeaturesOf(int number)
        {
            using var one = NewDisposeScope();
            return discriminator.Features(draw(number), stage).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Random images that it takes.</summary>
    public static int ImagesFor(NetworkArchitecture architecture) => Judged + Companions(architecture);

    /// <summary>Images that each is shown among: the rest of a group, or, as minibatch discrimination looks at all of a minibatch, some more.</summary>
    private static int Companions(NetworkArchitecture architecture) =>
        architecture.DiscriminationKernels > 0 ? Math.Max(Judged, architecture.StdDevGroup) - 1 : architecture.StdDevGroup - 1;

    /// <summary>softplus((m - D(x)) / s) of images [N, C, H, W], [N].</summary>
    public Tensor Of(Tensor images) => Scores(discriminator.Features(images, stage)).Times(-1 / deviation).Plus(mean / deviation).Softplus();

    /// <summary>Scores [N] of features [N, nf(1), H0, W0].</summary>
    private Tensor Scores(Tensor features)
    {
        long n = features.shape[0], c = features.shape[1], h = features.shape[2], w = features.shape[3], others = companions.shape[0];
        if (discriminator.Architecture.DiscriminationKernels > 0 && n > 1)
            return cat([.. Enumerable.Range(0, (int)n).Select(i => Scores(features.narrow(0, i, 1)))]);
        if (discriminator.Architecture.IsOfZoo)
        {
            // Groups are of neighbours: each image is followed by its companions.
            Tensor groups = cat([features.unsqueeze(1), companions.unsqueeze(0).expand(n, others, c, h, w)], 1); // [N, G, C, H0, W0]
            return discriminator.Judge(groups.reshape(-1, c, h, w)).reshape(n, 1 + others, -1).narrow(1, 0, 1).narrow(2, 0, 1).reshape(n);
        }

        // Groups are strided: of G * N images, image i belongs to group i mod N.
        Tensor around = companions.unsqueeze(1).expand(others, n, c, h, w).reshape(others * n, c, h, w);
        return discriminator.Judge(cat([features, around])).narrow(0, 0, n).narrow(1, 0, 1).squeeze(1);
    }
}
