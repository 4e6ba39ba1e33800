using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>A dataset in classes, in a part to train on and one to measure on.</summary>
internal sealed class LabelledData : IDisposable
{
    /// <summary>One image in so many is held out, up to a limit.</summary>
    private const int OneHeldOutOf = 10;
    private const int MostHeldOut = 10_000;

    private const int FewestImages = 20;

    private readonly IImageSource? _other;
    private readonly int[] _training = [];
    private readonly int[] _heldOut = [];
    private readonly List<StoredSource> _stored = [];

    private LabelledData(IImageSource source, IImageSource? other, long seed)
    {
        RequireClasses(source);
        (Source, _other) = (source, other);
        if (other is not null)
        {
            RequireClasses(other);
            if (!other.ClassNames.SequenceEqual(source.ClassNames))
                throw Unusable($"--held-out {other.Description} has other classes than {source.Description}.");
            (Training, HeldOut) = (source, other);
            return;
        }
        ImageOrder order = new(source.Count, seed);
        int[] shuffled = [.. Enumerable.Range(0, source.Count).Select(place => order.IndexAt(place))];
        int held = Math.Min(source.Count / OneHeldOutOf, MostHeldOut);
        (_training, _heldOut) = (shuffled[held..], shuffled[..held]);
        (Training, HeldOut) = (new PartialSource(source, _training), new PartialSource(source, _heldOut));
    }

    /// <summary>The dataset.</summary>
    public IImageSource Source { get; }

    /// <summary>The images to train on.</summary>
    public IImageSource Training { get; private set; }

    /// <summary>The images to measure on: another dataset, or a random part of this one.</summary>
    public IImageSource HeldOut { get; private set; }

    /// <summary>How many images of <see cref="Training"/> lie decoded, at the least.</summary>
    public int TrainingStored { get; private set; }

    /// <summary>The same of <see cref="HeldOut"/>.</summary>
    public int HeldOutStored { get; private set; }

    /// <summary>Opens a dataset, and another to measure on if there is one.</summary>
    /// <exception cref="UserException">Its images are not in at least two classes, or those of the two differ.</exception>
    /// <exception cref="DatasetUnusableException">Nothing there, or nothing usable in it.</exception>
    public static LabelledData Open(string data, string? heldOut, long seed)
    {
        IImageSource source = Datasets.Open(data);
        IImageSource? other = null;
        try
        {
            other = heldOut is null ? null : Datasets.Open(heldOut);
            return new LabelledData(source, other, seed);
        }
        catch
        {
            other?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Takes images from where they lie decoded.</summary>
    /// <param name="find">The store of a dataset, or null.</param>
    public void TakeFrom(Func<IImageSource, StoredSource?> find)
    {
        (IImageSource source, int images) = Found(Source);
        if (_other is not null)
        {
            (Training, TrainingStored) = (source, images);
            (HeldOut, HeldOutStored) = Found(_other);
            return;
        }

        // Those that the store lacks may all be in one part.
        int lacking = source.Count - images;
        (Training, TrainingStored) = (new PartialSource(source, _training), Math.Max(0, _training.Length - lacking));
        (HeldOut, HeldOutStored) = (new PartialSource(source, _heldOut), Math.Max(0, _heldOut.Length - lacking));

        (IImageSource Source, int Images) Found(IImageSource of)
        {
            if (find(of) is not { } stored)
                return (of, 0);
            _stored.Add(stored);
            return (stored, stored.Store.Images);
        }
    }

    /// <summary>Closes the datasets.</summary>
    public void Dispose()
    {
        _stored.ForEach(stored => stored.Dispose());
        _other?.Dispose();
        Source.Dispose();
    }

    private static void RequireClasses(IImageSource source)
    {
        if (source.LabelSize == 0)
            throw Unusable($"{source.Description} has no labels, and a classifier learns from them; give each class a subfolder of its own.");
        if (source.Count < FewestImages)
            throw Unusable($"{source.Description} has {source.Count} images; a classifier needs {FewestImages} at least.");
        HashSet<int> seen = [];
        float[] label = new float[source.LabelSize];
        for (int i = 0; i < source.Count; i++)
        {
            source.CopyLabel(i, label);
            int one = Array.IndexOf(label, 1f);
            if (one < 0 || label.Count(element => element != 0) != 1)
                throw Unusable($"{source.Description}: the label of {source.NameOf(i)} is a vector and no class; a classifier needs one class an image.");
            seen.Add(one);
        }
        if (seen.Count < 2)
            throw Unusable($"{source.Description} has images of one class only; a classifier learns to tell at least two apart.");
    }

    private static UserException Unusable(string message) => new(message, ExitCodes.DataUnusable);
}
