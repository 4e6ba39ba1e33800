using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// What the sliced Wasserstein distance looks at in a set of images: 128 random patches of 7x7 pixels from every level of every image's Laplacian
/// pyramid, from the images' size down to 16 pixels. Paper, appendix on multi-scale statistical similarity; official sliced_wasserstein.py.
/// </summary>
/// <remarks>Patches are a function of (seed, number of the image), so neither batches nor their order of work matter. Not thread-safe.</remarks>
public sealed class PatchSet : IDisposable
{
    /// <summary>Patches of an image at each level.</summary>
    internal const int PatchesOfImage = 128;

    /// <summary>Pixels of a patch's side.</summary>
    internal const int Side = 7;

    private const int SmallestLevel = 16;

    /// <summary>Floats of the images that are cut at once, so that they stay in the processor's cache, and the most images.</summary>
    private const int FloatsAtOnce = 1 << 18;
    private const int ImagesAtOnce = 32;

    /// <summary>Floats of images after which freed memory is given back: glibc seldom finds room for an aligned block among what was freed.</summary>
    private const int FloatsBetweenTrims = 1 << 25;

    private const int LevelsOfSeed = 16;
    private const long MemoryBytes = 1L << 29;

    private readonly RowStore[] stores;
    private readonly bool ownsStores;
    private readonly long seed;
    private readonly long firstImage;
    private long floatsSinceTrim;
    private float[] cut = []; // one for all images: large arrays by the thousand wait for a collection

    /// <summary>An empty set.</summary>
    /// <param name="channels">C of the images.</param>
    /// <param name="height">H in pixels, at least 7.</param>
    /// <param name="width">W in pixels, at least 7.</param>
    /// <param name="seed">Where patches are cut; sets to be compared have different ones, as independent draws.</param>
    /// <exception cref="ArgumentException">The images are smaller than a patch.</exception>
    public PatchSet(int channels, int height, int width, long seed)
    {
        if (Math.Min(height, width) < Side)
            throw new ArgumentException($"images of {width}x{height} pixels are smaller than the patches of {Side}x{Side} that are compared; SWD needs 8 pixels");
        (Channels, Height, Width, this.seed) = (channels, height, width, seed);
        int levels = 1;
        while ((height >> levels) >= SmallestLevel && (width >> levels) >= SmallestLevel && (height >> (levels - 1)) % 2 == 0 && (width >> (levels - 1)) % 2 == 0)
            levels++;
        stores = [.. Enumerable.Range(0, levels).Select(_ => new RowStore(channels * Side * Side, MemoryBytes / levels))];
        ownsStores = true;
    }

    private PatchSet(PatchSet whole, long firstImage, int images)
    {
        (Channels, Height, Width, seed, stores) = (whole.Channels, whole.Height, whole.Width, whole.seed, whole.stores);
        (this.firstImage, Images) = (firstImage, images);
    }

    /// <summary>C.</summary>
    public int Channels { get; }

    /// <summary>H in pixels.</summary>
    public int Height { get; }

    /// <summary>W in pixels.</summary>
    public int Width { get; }

    /// <summary>Images so far.</summary>
    public int Images { get; private set; }

    /// <summary>The longer side of each level in pixels, finest first.</summary>
    public IReadOnlyList<int> Levels => [.. Enumerable.Range(0, stores.Length).Select(level => Math.Max(Height, Width) >> level)];

    /// <summary>Adds images.</summary>
    /// <param name="images">[N, C, H, W] bytes.</param>
    /// <param name="between">Called between pieces of work; it may wait, or throw to end the work.</param>
    /// <exception cref="ArgumentException">The bytes are no whole images.</exception>
    public void Add(ReadOnlySpan<byte> images, Action between)
    {
        ArgumentNullException.ThrowIfNull(between);
        int size = Channels * Height * Width;
        if (images.Length % size != 0)
            throw new ArgumentException($"{images.Length} bytes are no images of {Channels}x{Height}x{Width}");
        for (int count; images.Length > 0; images = images[(count * size)..])
        {
            count = Math.Min(Math.Clamp(FloatsAtOnce / size, 1, ImagesAtOnce), images.Length / size);
            Cut(images[..(count * size)], count);
            Images += count;
            floatsSinceTrim += count * size;
            if (floatsSinceTrim > FloatsBetweenTrims)
            {
                HostMemory.Trim();
                floatsSinceTrim = 0;
            }
            between();
        }
    }

    /// <summary>The images from one on as a set of their own, valid as long as this one.</summary>
    public PatchSet Part(int first, int images) => new(this, first, images);

    private void Cut(ReadOnlySpan<byte> images, int count)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor bytes = empty([count, Channels, Height, Width], uint8);
        images.CopyTo(bytes.bytes);
        Tensor[] pyramid = LaplacianPyramid.Of(bytes.to(float32), stores.Length);
        int floats = count * PatchesOfImage * Channels * Side * Side;
        if (cut.Length < floats)
            cut = new float[floats];
        for (int level = 0; level < pyramid.Length; level++)
        {
            ReadOnlySpan<float> details = HostTensor.NumbersOf(pyramid[level].contiguous()); // [count, C, H, W]
            int height = Height >> level, width = Width >> level, planes = Channels * height * width;
            for (int i = 0, target = 0; i < count; i++)
            {
                int across = width - Side + 1, down = height - Side + 1;
                long[] corners = Chance.Integers(PatchesOfImage, (long)across * down, seed, Purpose.Patches, (Images + i) * (long)LevelsOfSeed + level);
                foreach (long corner in corners)
                {
                    int start = i * planes + (int)(corner / across) * width + (int)(corner % across);
                    for (int c = 0; c < Channels; c++)
                    {
                        for (int y = 0; y < Side; y++, target += Side)
                            details.Slice(start + (c * height + y) * width, Side).CopyTo(cut.AsSpan(target));
                    }
                }
            }
            stores[level].Append(cut.AsSpan(0, floats));
        }
    }

    /// <summary>The patches of a level, [rows, C*49] some at a time; an array is valid until the next.</summary>
    internal IEnumerable<(float[] Rows, int Count)> Patches(int level) =>
        stores[level].Read(firstImage * PatchesOfImage, (long)Images * PatchesOfImage);

    /// <summary>Frees the memory and the temporary files; a part's are those of the whole.</summary>
    public void Dispose()
    {
        if (!ownsStores)
            return;
        foreach (RowStore store in stores)
            store.Dispose();
    }
}
