using System.Threading.Channels;

namespace Pggan.Pipeline.Tests;

/// <summary>A whole pipeline without actors: its stages run until disposed, and one that crashes is run again, as a supervisor would.</summary>
internal sealed class RunningPipeline : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Channel<ImageBatch> _batches;
    private readonly Task _stages;
    private int _restarts;

    public RunningPipeline(PipelineContext context, Channel<ImageBatch>? batches = null)
    {
        Context = context;
        Channels = new PipelineChannels(context);
        _batches = batches ?? PipelineChannels.CreateBatchChannel(context.Options);
        OwnsBatches = batches is null;
        _stages = Task.WhenAll(
        [
            .. Enumerable.Range(0, context.Options.Readers).Select(i => KeepAsync(new ReaderStage(context, Channels, i))),
            .. Enumerable.Range(0, context.Options.Downsamplers).Select(i => KeepAsync(new DownsampleStage(context, Channels, i))),
            KeepAsync(new BatchStage(context, Channels, _batches.Writer)),
        ]);
    }

    public PipelineContext Context { get; }

    public PipelineChannels Channels { get; }

    public int Restarts => Volatile.Read(ref _restarts);

    private bool OwnsBatches { get; }

    public async Task<ImageBatch> NextAsync() =>
        await _batches.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The next batch of the newest request; stale ones are dropped, as the trainer does.</summary>
    public async Task<ImageBatch> NextFreshAsync()
    {
        while (true)
        {
            var batch = await NextAsync();
            if (batch.Generation == Context.Selector.Current.Generation)
                return batch;
            batch.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stages;
        Channels.Dispose();
        while (OwnsBatches && _batches.Reader.TryRead(out var batch))
            batch.Dispose();
        _stop.Dispose();
    }

    private async Task KeepAsync(IPipelineStage stage)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await stage.RunAsync(_stop.Token);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (DatasetUnusableException error)
            {
                _batches.Writer.TryComplete(error);
                return;
            }
            catch (Exception)
            {
                Interlocked.Increment(ref _restarts);
            }
        }
    }
}
