using System.Collections.Concurrent;

namespace Pggan.Pipeline;

/// <summary>The bad images of a source, remembered so that a later epoch does not try them again. Thread-safe.</summary>
public sealed class SkippedImages
{
    private readonly ConcurrentDictionary<int, SkippedImage> _byIndex = new();
    private readonly Action<SkippedImage>? _onSkipped;

    /// <summary>Tells <paramref name="onSkipped"/> of each bad image once, on the thread of the stage that met it.</summary>
    public SkippedImages(Action<SkippedImage>? onSkipped) => _onSkipped = onSkipped;

    /// <summary>How many images are bad.</summary>
    public int Count => _byIndex.Count;

    /// <summary>The bad images, by index.</summary>
    public IReadOnlyList<SkippedImage> List() => [.. _byIndex.Values.OrderBy(image => image.Index)];

    /// <summary>Whether an image is known to be bad.</summary>
    public bool Contains(int index) => _byIndex.ContainsKey(index);

    /// <summary>Remembers a bad image and reports it, unless it is known.</summary>
    public void Add(SkippedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (_byIndex.TryAdd(image.Index, image))
            _onSkipped?.Invoke(image);
    }
}
