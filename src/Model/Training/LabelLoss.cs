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
    public static Tensor Of(Tensor labels, Tensor logits, LabelGroups? groups) => groups is null
        ? OfChoice(labels, logits)
        : groups.Parts().Select(part =>
        {
            Tensor y = labels.narrow(1, part.First, part.Size), x = logits.narrow(1, part.First, part.Size);
            return part.AreFlags ? OfFlags(y, x) : OfChoice(y, x);
        }).Aggregate((sum, term) => sum + term);

    /// <summary>-sum(y log softmax(x)).</summary>
    private static Tensor OfChoice(Tensor y, Tensor x) => -(y * nn.functional.log_softmax(x, 1)).sum(1, keepdim: true);

    /// <summary>-sum(y log s(x) + (1 - y) log(1 - s(x))), s the sigmoid: log(1 + exp(x)) - y x.</summary>
    private static Tensor OfFlags(Tensor y, Tensor x) => (x.Softplus() - y * x).sum(1, keepdim: true);
}
