using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>By closed forms; with choices alone whole steps are compared with libtorch's cross-entropy in <see cref="ZooTrainingTests"/>.</summary>
public sealed class LabelBalanceTests
{
    private static readonly LabelGroups Groups = [2, 1, 3, 1];

    /// <summary>Of 30 images 29 have the first value and 1 the second, 6 a flag, 10 each of three values, and none the last flag.</summary>
    private static readonly LabelTable Labels = new(30, 7, (image, label) =>
    {
        label.Clear();
        label[image == 29 ? 1 : 0] = 1;
        label[2] = image < 6 ? 1 : 0;
        label[3 + image % 3] = 1;
    });

    [Fact]
    public void A_value_weighs_all_images_by_those_that_have_it_and_at_most_ten()
    {
        using var scope = NewDisposeScope();
        const double common = 30 / 30.0, rare = 10, on = 30 / 7.0, off = 30 / 25.0, third = 30 / 11.0, never = 10, always = 30 / 31.0;
        double[][] weights =
        [
            [common, common, on, third, third, third, always],
            [rare, rare, off, third, third, third, never],
            [(common + 3 * rare) / 4, (common + 3 * rare) / 4, (on + off) / 2, third, third, third, always],
        ];
        Tensor labels = tensor(new float[] { 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0.25f, 0.75f, 0.5f, 0, 0.5f, 0.5f, 0 }, [3, 7]);
        float[] actual = [.. new LabelBalance(Labels, Groups).Of(labels).data<float>()];
        for (int component = 0; component < 7; component++)
        {
            double mean = weights.Average(of => of[component]);
            for (int image = 0; image < 3; image++)
                Assert.Equal(weights[image][component] / mean, actual[image * 7 + component], 1e-6);
        }
    }

    [Fact]
    public void An_image_s_term_in_each_group_is_multiplied_by_its_weight_there()
    {
        using var scope = NewDisposeScope();
        Tensor labels = tensor(new double[] { 1, 0, 1, 0, 1, 0, 0 }, [1, 7]), logits = randn(1, 7, dtype: float64, generator: new torch.Generator(5));
        double[] x = [.. logits.data<double>()];
        Tensor weights = tensor(new double[] { 2, 2, 3, 5, 5, 5, 7 }, [1, 7]);
        double expected = 2 * -Math.Log(Math.Exp(x[0]) / (Math.Exp(x[0]) + Math.Exp(x[1])))
            + 3 * Math.Log(1 + Math.Exp(-x[2]))
            + 5 * -Math.Log(Math.Exp(x[4]) / (Math.Exp(x[3]) + Math.Exp(x[4]) + Math.Exp(x[5])))
            + 7 * Math.Log(1 + Math.Exp(x[6]));
        Assert.Equal(expected, LabelLoss.Of(labels, logits, Groups, weights).item<double>(), 1e-12);
    }

    /// <summary>Labels of a run from before there were groups may have no one at all.</summary>
    [Fact]
    public void A_minibatch_without_labels_weighs_nothing()
    {
        using var scope = NewDisposeScope();
        Assert.All(new LabelBalance(Labels, null).Of(zeros(4, 7)).data<float>().ToArray(), weight => Assert.Equal(0, weight));
    }
}
