using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What D's class outputs miss of a label: the term of AC-GAN.</summary>
internal static class LabelLoss
{
    /// <summary>
    /// Cross-entropies [N, 1] in nats, summed over the groups of a label: softmax for a choice, whose label may be soft or have several ones, and
    /// sigmoid for a flag.
    /// </summary>
    /// <param name="labels">[N, S].</param>
    /// <param name="logits">[N, S].</param>
    /// <param name="groups">Null = all components are one choice.</param>
    /// <param name="weights">[N, S], what an image weighs in the group of each component (<see cref="LabelBalance"/>); null = 1.</param>
    public static Tensor Of(Tensor labels, Tensor logits, LabelGroups? groups, Tensor? weights = null) =>
        Parts(groups, (int)labels.shape[1]).Select(part =>
        {
            Tensor y = labels.narrow(1, part.First, part.Size), x = logits.narrow(1, part.First, part.Size);
            Tensor missed = part.AreFlags ? OfFlags(y, x) : OfChoice(y, x);                                // [N, s]
            return (weights is null ? missed : missed * weights.narrow(1, part.First, part.Size)).sum(1, keepdim: true);
        }).Aggregate((sum, term) => sum + term);

    /// <summary>Where the groups of a label are; flags that are neighbours as one part.</summary>
    /// <param name="groups">Null = all components are one choice.</param>
    /// <param name="size">Components of a label.</param>
    public static IEnumerable<(int First, int Size, bool AreFlags)> Parts(LabelGroups? groups, int size) => groups?.Parts() ?? [(0, size, false)];

    /// <summary>-y log softmax(x), component by component.</summary>
    private static Tensor OfChoice(Tensor y, Tensor x) => -(y * nn.functional.log_softmax(x, 1));

    /// <summary>-(y log s(x) + (1 - y) log(1 - s(x))), s the sigmoid, component by component: log(1 + exp(x)) - y x.</summary>
    private static Tensor OfFlags(Tensor y, Tensor x) => x.Softplus() - y * x;
}
