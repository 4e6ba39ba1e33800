using System.Diagnostics;

namespace Pggan.Pipeline.Tests;

public sealed class ThroughputTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(512 << 20)]
    public async Task Portraits_are_delivered_faster_than_a_trainer_can_use_them(long cacheBytes)
    {
        using var source = ImageSources.Open(Repository.Portraits);
        using var context = new PipelineContext(source, new PipelineOptions { CacheBytes = cacheBytes }, new BatchSelector(64, 16, 0), null);
        await using var pipeline = new RunningPipeline(context);
        for (var i = 0; i < 100; i++)
            (await pipeline.NextAsync()).Dispose();
        var batches = cacheBytes == 0 ? 100 : 1000;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < batches; i++)
            (await pipeline.NextAsync()).Dispose();
        var rate = batches * 16 / watch.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper!.WriteLine($"{rate:F0} images/s; {string.Join("; ", context.Meter.Snapshot().Stages)}");
        Assert.True(rate > (cacheBytes == 0 ? 300 : 3000), $"{rate:F0} images/s");
    }
}
