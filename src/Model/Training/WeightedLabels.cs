using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Labels of a minibatch, or of a part of one.</summary>
/// <param name="Labels">[N, S].</param>
/// <param name="Weights">[N, S], what an image weighs in the group of each component; null = 1.</param>
internal sealed record WeightedLabels(Tensor Labels, Tensor? Weights = null)
{
    /// <summary>Those of a part, on its device.</summary>
    [return: NotNullIfNotNull(nameof(whole))]
    public static WeightedLabels? Of(Replica on, MicroBatch part, WeightedLabels? whole) =>
        whole is null ? null : new WeightedLabels(on.Of(part, whole.Labels), on.Of(part, whole.Weights));
}
