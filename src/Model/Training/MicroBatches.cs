using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Computes the gradient of a minibatch, in parts where the whole does not fit into memory, and knows for each resolution how many images
/// are computed at once on a device: as the options say, or fewer since memory did not suffice.
/// </summary>
internal sealed class MicroBatches(TrainerOptions options)
{
    private readonly MicroBatchSizes sizes = new(options.MicroBatch);
    private readonly int devices = TorchDevice.Names(options.Device).Count;
    private readonly Dictionary<int, string> reasons = [];

    /// <summary>Told of each part before it is computed, by the thread that does; tests let it fail as a lack of memory does.</summary>
    public Action<MicroBatch>? Computing { get; set; }

    /// <summary>Sizes that differ from the whole minibatch, for a checkpoint; null when there are none.</summary>
    public MicroBatchSizes? Sizes => sizes.Count > 0 ? new MicroBatchSizes(sizes) : null;

    /// <summary>Images that a device computes at once at a resolution, in whole groups; at most its share of the minibatch.</summary>
    public int SizeAt(int resolution, int minibatch) =>
        MicroBatch.Whole(sizes.GetValueOrDefault(resolution, minibatch), MicroBatch.GroupOf(options, minibatch), ShareOf(minibatch));

    /// <summary>Images of a minibatch that a device computes, at once or one after the other.</summary>
    public int ShareOf(int minibatch) => minibatch / devices;

    /// <summary>Computes no more images at once from now on; nothing where they are as few already.</summary>
    /// <param name="resolution">In pixels.</param>
    /// <param name="images">At least 1.</param>
    /// <param name="reason">For a person.</param>
    public void Limit(int resolution, int images, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        if (sizes.TryGetValue(resolution, out int before) && before <= images)
            return;
        sizes[resolution] = images;
        reasons[resolution] = reason;
    }

    /// <summary>Why a resolution's size became smaller, once; null when it did not since this was asked last.</summary>
    public string? TakeReason(int resolution) => reasons.Remove(resolution, out string? reason) ? reason : null;

    /// <summary>Takes the sizes of a checkpoint, where they are smaller and none is given by the options.</summary>
    public void Restore(MicroBatchSizes? stored)
    {
        foreach ((int resolution, int images) in stored ?? [])
        {
            if (options.MicroBatch.ContainsKey(resolution) || images < 1)
                continue;
            if (!sizes.TryGetValue(resolution, out int now) || images <= now)
            {
                sizes[resolution] = images;
                reasons.Remove(resolution); // the run knows it
            }
        }
    }

    /// <summary>
    /// The gradient of the mean loss over a minibatch. It is a function of weights and images alone, so after a lack of memory, on whichever
    /// device, it is computed again in about twice as many parts, down to single groups.
    /// </summary>
    /// <param name="point">Resolution and minibatch.</param>
    /// <param name="replicas">The networks, on each device.</param>
    /// <param name="step">The network that learns.</param>
    /// <param name="loss">Mean loss over a part.</param>
    /// <returns>Gradients as <see cref="GradientStep.Descend"/> takes them, and the measures as means over the minibatch.</returns>
    public (IReadOnlyList<Tensor> Gradients, Tensor Measured) Differentiate(
        SchedulePoint point, Replicas replicas, Func<Replica, GradientStep> step, PartLoss loss)
    {
        int resolution = point.Stage.Resolution, minibatch = point.Minibatch, group = MicroBatch.GroupOf(options, minibatch);
        MicroBatch all = MicroBatch.OfAll(minibatch, group, options.Architecture.IsOfZoo);
        while (true)
        {
            int size = SizeAt(resolution, minibatch);
            try
            {
                Tensor[] total = replicas.Sum((replica, number) => Sum(all.ForDevice(number, devices).Split(size), part =>
                {
                    Computing?.Invoke(part);
                    (Tensor mean, Tensor measured) = loss(replica, part);
                    Tensor[] gradients = step(replica).Differentiate(part.IsWhole ? mean : mean.Times(part.Share), point.Stage);
                    return [.. gradients, part.IsWhole ? measured : measured.Times(part.Share)];
                }));
                return (total[..^1], total[^1]);
            }
            catch (Exception e) when (MemoryShortage.Is(e) && size > group)
            {
                Limit(resolution, MicroBatch.Halve(size, group), e.Message.Split('\n')[0]);
            }
        }
    }

    /// <summary>Adds up what the parts give, with one part's tensors alive at a time.</summary>
    private static Tensor[] Sum(IEnumerable<MicroBatch> parts, Func<MicroBatch, Tensor[]> compute)
    {
        using var scope = NewDisposeScope();
        Tensor[] total = [];
        foreach (MicroBatch part in parts)
        {
            using var partScope = NewDisposeScope();
            Tensor[] next = compute(part);
            using (no_grad())
            {
                // Not in place: autograd may give two parameters one tensor.
                if (total.Length > 0)
                    next = [.. next.Select((tensor, i) => total[i] + tensor)];
            }
            foreach (Tensor tensor in total)
                tensor.Dispose();
            total = [.. next.Select(tensor => tensor.MoveToOuterDisposeScope())];
        }
        foreach (Tensor tensor in total)
            tensor.MoveToOuterDisposeScope();
        return total;
    }
}
