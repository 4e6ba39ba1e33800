using System.Security.Cryptography;

namespace Pggan.Pipeline.Tests;

/// <summary>A source of 60 images, two of them bad, and a folder for its stores.</summary>
public abstract class StoreTest : IDisposable
{
    private protected const int Images = 60;

    private protected static readonly PipelineOptions Options = new() { Resolution = 16, Seed = 7, Mirror = true, ImagesInFlight = 16, CacheBytes = 0 };

    private readonly TempFolder _folder = new();

    private protected string Folder => Path.Combine(_folder.Root, ".pyramids");

    private protected string[] StoreFiles => Directory.GetFiles(Folder, "*.store");

    private protected List<string> Told { get; } = [];

    private protected static Predicate<int> IsBad => index => index is 11 or 42;

    private protected static FaultySource NewSource(int seed = 1) =>
        new(new SyntheticSource(Images, 32, 3, 4, seed), (index, _) => IsBad(index) ? new BadImageException("bad") : null);

    private protected PyramidStore Open(IImageSource source, PipelineOptions? options = null)
    {
        var store = StoreFolder.Open(Folder, source, options ?? Options, Told.Add);
        store.Degraded += Told.Add;
        return store;
    }

    private protected static PipelineContext Context(IImageSource source, PyramidStore? store, int resolution = 16, int readers = 2, PipelineOptions? options = null) =>
        new(store is null ? source : new StoredSource(source, store), (options ?? Options) with { Readers = readers }, new BatchSelector(resolution, 5, 0), null, isExported: false);

    /// <summary>Runs a pipeline for some batches; the hash of them, and its numbers.</summary>
    private protected static async Task<(string Hash, PipelineSnapshot Numbers)> RunAsync(PipelineContext context, int batches)
    {
        using (context)
        await using (var pipeline = new RunningPipeline(context))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var i = 0; i < batches; i++)
            {
                using var batch = await pipeline.NextAsync();
                Expected.Append(hash, batch);
            }

            return (Convert.ToHexStringLower(hash.GetHashAndReset()), context.Meter.Snapshot());
        }
    }

    private protected static async Task<string> ExpectedAsync(int resolution, int batches)
    {
        using var source = new SyntheticSource(Images, 32, 3, 4, 1);
        return (await Expected.ImagesAsync(source, Options, resolution, 0, batches * 5, IsBad)).Hash;
    }

    /// <summary>A store with all good images; its file.</summary>
    private protected async Task<string> FillAsync()
    {
        using var source = NewSource();
        for (var i = 0; ; i++)
        {
            using var store = Open(source);
            await RunAsync(Context(source, store), 40);
            if (store.Images == Images - 2)
                return store.Path;
            Assert.True(i < 10, $"{store.Images} images");
        }
    }

    private protected static long ItemsOf(PipelineSnapshot numbers, string stage) =>
        numbers.Stages.Where(s => s.Name.StartsWith(stage, StringComparison.Ordinal)).Sum(s => s.Items);

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
