using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Pggan.Host;
using Pggan.Pipeline;

namespace Pggan.Benchmarks;

/// <summary>The embedded portraits from their WebP files to batches of 16 at 64x64: one epoch, decoding or from the cache.</summary>
public class BatchDeliveryBenchmarks
{
    private const int Minibatch = 16;
    private const int Batches = 62;

    private IImageSource _source = null!;
    private PipelineContext _warm = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _source = Datasets.Open(RunOptions.EmbeddedData);
        _warm = Context(cacheBytes: 512 << 20);
        await DeliverAsync(_warm, Batches + 2);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _warm.Dispose();
        _source.Dispose();
    }

    [Benchmark(Description = "batches, decoding")]
    [Images(Batches * Minibatch)]
    public async Task<int> Decoding()
    {
        using PipelineContext context = Context(cacheBytes: 0);
        return await DeliverAsync(context, Batches);
    }

    [Benchmark(Description = "batches, cached")]
    [Images(Batches * Minibatch)]
    public Task<int> Cached()
    {
        _warm.Selector.Want(64, Minibatch, 0);
        return DeliverAsync(_warm, Batches);
    }

    private PipelineContext Context(long cacheBytes) =>
        new(_source, new PipelineOptions { Readers = 2, CacheBytes = cacheBytes }, new BatchSelector(64, Minibatch, 0), null);

    private static async Task<int> DeliverAsync(PipelineContext context, int batches)
    {
        Channel<ImageBatch> output = PipelineChannels.CreateBatchChannel(context.Options);
        using PipelineChannels channels = new(context);
        using CancellationTokenSource stop = new();
        Task stages = Task.WhenAll(new IPipelineStage[]
        {
            new ReaderStage(context, channels, 0),
            new ReaderStage(context, channels, 1),
            new DownsampleStage(context, channels, 0),
            new BatchStage(context, channels, output.Writer),
        }.Select(stage => Task.Run(() => stage.RunAsync(stop.Token))));
        int images = 0;
        for (int i = 0; i < batches; i++)
        {
            using ImageBatch batch = await output.Reader.ReadAsync();
            images += batch.Count;
        }
        await stop.CancelAsync();
        await stages.ContinueWith(_ => { }, TaskScheduler.Default);
        while (output.Reader.TryRead(out ImageBatch? left))
            left.Dispose();
        return images;
    }
}
