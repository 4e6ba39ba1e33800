using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Weights of values that are rare in a dataset, as pytorch_GAN_zoo's: of n images of which k have a value it is n / (k + 1), at most 10. They are
/// relative within a minibatch: in each group the weights of its images are divided by their mean.
/// </summary>
internal sealed class LabelBalance
{
    private const double Most = 10;

    /// <summary>So much below any weight that a mean that is not 0 stays the same.</summary>
    private const double Tiny = 1e-30;

    private readonly LabelGroups? groups;
    private readonly float[] present; // weight of a component that is 1
    private readonly float[] absent;  // of a flag that is 0

    /// <summary>Counts the values.</summary>
    /// <param name="labels">All labels of the dataset; each is looked at. A value that an image has in part counts in part.</param>
    /// <param name="groups">Null = all components are one choice.</param>
    public LabelBalance(LabelTable labels, LabelGroups? groups)
    {
        this.groups = groups;
        double[] counts = new double[labels.Size];
        float[] label = new float[labels.Size];
        for (int image = 0; image < labels.Count; image++)
        {
            labels.Copy(image, label);
            for (int component = 0; component < counts.Length; component++)
                counts[component] += label[component];
        }
        present = new float[labels.Size];
        absent = new float[labels.Size];
        foreach ((int first, int size, bool areFlags) in LabelLoss.Parts(groups, labels.Size))
        {
            double all = areFlags ? labels.Count : counts[first..(first + size)].Sum();
            for (int component = first; component < first + size; component++)
            {
                present[component] = WeightOf(counts[component], all);
                absent[component] = WeightOf(all - counts[component], all);
            }
        }
    }

    /// <summary>What each image of a minibatch weighs in the group of each component: the weight of its value, by shares where it has several.</summary>
    /// <param name="labels">[N, S], the whole minibatch.</param>
    /// <returns>[N, S], 1 on average over the images.</returns>
    public Tensor Of(Tensor labels)
    {
        Tensor ofPresent = tensor(present, device: labels.device), ofAbsent = tensor(absent, device: labels.device); // [S]
        return cat([.. LabelLoss.Parts(groups, present.Length).Select(part =>
        {
            Tensor y = labels.narrow(1, part.First, part.Size);                                                          // [N, s]
            Tensor shares = y * ofPresent.narrow(0, part.First, part.Size);
            Tensor weights = part.AreFlags
                ? shares + (-y).Plus(1) * ofAbsent.narrow(0, part.First, part.Size)
                : shares.sum(1, keepdim: true).expand(-1, part.Size);
            return weights / weights.mean([0L], keepdim: true).Plus(Tiny);
        })], 1);
    }

    private static float WeightOf(double count, double all) => (float)Math.Min(Most, all / (count + 1));
}
