namespace Pggan.Pipeline.Tests;

public sealed class PipelineMeterTests
{
    [Fact]
    public async Task A_channel_may_come_while_a_snapshot_is_taken()
    {
        foreach (var _ in Enumerable.Range(0, 100))
        {
            using var meter = new PipelineMeter(new SkippedImages(null), new PyramidCache(new PipelineOptions { Resolution = 4 }), isExported: true);
            var coming = Task.Run(
                () =>
                {
                    for (var i = 0; i < 100; i++)
                        meter.Watch($"{i}", i, () => 0, 1);
                },
                TestContext.Current.CancellationToken);
            while (!coming.IsCompleted)
                meter.Snapshot();
            await coming;
            Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), meter.Snapshot().Queues.Select(queue => queue.Name));
        }
    }
}
