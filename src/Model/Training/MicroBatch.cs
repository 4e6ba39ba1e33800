using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Images of a minibatch that are computed at once: whole groups of the minibatch standard deviation, so that every image keeps the
/// company that it has in the whole (see <see cref="MinibatchStdDev"/>).
/// </summary>
/// <param name="Group">Images a group.</param>
/// <param name="Groups">Groups of the minibatch.</param>
/// <param name="First">First group of this part.</param>
/// <param name="Count">Groups of this part.</param>
/// <param name="OfNeighbours">Whether groups are of neighbours instead of strided.</param>
internal readonly record struct MicroBatch(int Group, int Groups, int First, int Count, bool OfNeighbours = false)
{
    /// <summary>Images of this part.</summary>
    public int Images => Group * Count;

    /// <summary>Whether it is the whole minibatch.</summary>
    public bool IsWhole => Count == Groups;

    /// <summary>Its share of the minibatch, which a mean over it weighs in the mean over all.</summary>
    public double Share => (double)Count / Groups;

    /// <summary>
    /// Images a group of a minibatch: never more than there are, and all of them where they are looked at together or a network of the zoo can't divide
    /// them.
    /// </summary>
    public static int GroupOf(TrainerOptions options, int minibatch)
    {
        int group = Math.Min(options.Architecture.StdDevGroup, minibatch);
        return options.NeedsWholeMinibatch || (options.Architecture.IsOfZoo && minibatch % group != 0) ? minibatch : group;
    }

    /// <summary>The nearest size at or below <paramref name="images"/> that is made of whole groups; at least one, at most all.</summary>
    public static int Whole(int images, int group, int minibatch) => group * Math.Clamp(images / group, 1, minibatch / group);

    /// <summary>About half of a size, in whole groups; the size itself where it is a single group.</summary>
    public static int Halve(int images, int group) => group * ((images / group + 1) / 2);

    /// <summary>Divides a minibatch; the last part may be smaller.</summary>
    public static IEnumerable<MicroBatch> Split(int minibatch, int group, int images, bool ofNeighbours = false) =>
        OfAll(minibatch, group, ofNeighbours).Split(images);

    /// <summary>A minibatch as a whole.</summary>
    public static MicroBatch OfAll(int minibatch, int group, bool ofNeighbours = false) => new(group, minibatch / group, 0, minibatch / group, ofNeighbours);

    /// <summary>Divides this part; the last one may be smaller.</summary>
    public IEnumerable<MicroBatch> Split(int images)
    {
        int atOnce = images / Group, end = First + Count;
        for (int first = First; first < end; first += atOnce)
            yield return this with { First = first, Count = Math.Min(atOnce, end - first) };
    }

    /// <summary>What the device of a number, from 0, computes of this part; groups are a multiple of the devices.</summary>
    public MicroBatch ForDevice(int number, int devices) => this with { First = First + number * Count / devices, Count = Count / devices };

    /// <summary>This part's rows of a tensor [N, ...], ordered so that the groups among them are groups of the whole.</summary>
    [return: NotNullIfNotNull(nameof(whole))]
    public Tensor? Of(Tensor? whole)
    {
        if (whole is null || IsWhole)
            return whole;
        if (OfNeighbours)
            return whole.narrow(0, First * Group, Images);
        long[] row = whole.shape[1..];
        return whole.reshape([Group, Groups, .. row])    // [G, M, ...] image i lies in group i mod M
            .narrow(1, First, Count)                     // [G, m, ...]
            .reshape([Images, .. row]);                  // [G*m, ...]
    }
}
