using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Pggan.Pipeline;

/// <summary>The pipeline in numbers: a snapshot for status, and the meter "Pggan.Pipeline" for whoever listens. Thread-safe.</summary>
public sealed class PipelineMeter : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Pggan.Pipeline";

    private readonly ConcurrentDictionary<string, StageMeter> _stages = new();
    private readonly SkippedImages _skipped;
    private readonly PyramidCache _cache;
    private readonly PyramidStore? _store;
    private readonly Meter? _meter;
    private readonly ConcurrentDictionary<string, (int Order, Func<int> Count, int Capacity)> _queues = new();
    private long _storeReads;

    /// <param name="skipped">The bad images.</param>
    /// <param name="cache">The decoded images.</param>
    /// <param name="isExported">Two of one name would be taken for one, so of the pipelines of a process the training's alone is.</param>
    /// <param name="store">The images on disk, or null.</param>
    internal PipelineMeter(SkippedImages skipped, PyramidCache cache, bool isExported, PyramidStore? store = null)
    {
        _store = store;
        _skipped = skipped;
        _cache = cache;
        if (!isExported)
            return;
        _meter = new Meter(MeterName);
        _meter.CreateObservableCounter("pggan.pipeline.items", () => PerStage(stage => stage.Items), "{item}", "Items handed on");
        _meter.CreateObservableCounter("pggan.pipeline.busy", () => PerStage(stage => stage.BusySeconds), "s", "Time working");
        _meter.CreateObservableCounter("pggan.pipeline.waiting", () => PerStage(stage => stage.WaitingSeconds), "s", "Time waiting for input");
        _meter.CreateObservableCounter("pggan.pipeline.blocked", () => PerStage(stage => stage.BlockedSeconds), "s", "Time blocked on output");
        _meter.CreateObservableCounter("pggan.pipeline.skipped", () => (long)_skipped.Count, "{image}", "Bad images");
        _meter.CreateObservableGauge("pggan.pipeline.queue.length", () => PerQueue(queue => queue.Count), "{item}", "Items in a channel");
        _meter.CreateObservableGauge("pggan.pipeline.queue.capacity", () => PerQueue(queue => queue.Capacity), "{item}", "Room of a channel");
        _meter.CreateObservableGauge("pggan.pipeline.cached", () => _cache.Bytes, "By", "Decoded images kept in memory");
        _meter.CreateObservableGauge("pggan.pipeline.stored", () => _store?.Images ?? 0, "{image}", "Images in the pyramid store");
        _meter.CreateObservableCounter("pggan.pipeline.store.reads", () => Interlocked.Read(ref _storeReads), "{image}", "Images taken from the pyramid store");
    }

    /// <summary>All stages and counts at this moment.</summary>
    public PipelineSnapshot Snapshot() => new(
        [.. _stages.Values.Select(stage => stage.Snapshot()).OrderBy(stage => stage.Name, StringComparer.Ordinal)],
        _skipped.Count, _cache.Count, _cache.Bytes, Queues())
    {
        StoredImages = _store?.Images ?? 0,
        StoreReads = Interlocked.Read(ref _storeReads),
    };

    /// <summary>Shows how full a channel is; one made afresh takes the place of the former one of its name.</summary>
    /// <param name="name">Of the channel.</param>
    /// <param name="order">Place among the channels.</param>
    /// <param name="count">Items in it now.</param>
    /// <param name="capacity">Most items.</param>
    public void Watch(string name, int order, Func<int> count, int capacity) => _queues[name] = (order, count, capacity);

    /// <summary>Ends the meter.</summary>
    public void Dispose() => _meter?.Dispose();

    internal void CountStoreRead() => Interlocked.Increment(ref _storeReads);

    internal StageMeter For(string stage) => _stages.GetOrAdd(stage, static name => new StageMeter(name));

    // A copy first: LINQ asks for the count, and breaks where another channel comes before it has counted that far.
    private List<QueueSnapshot> Queues() =>
        [.. _queues.ToArray().OrderBy(queue => queue.Value.Order).Select(queue => new QueueSnapshot(queue.Key, queue.Value.Count(), queue.Value.Capacity))];

    private IEnumerable<Measurement<int>> PerQueue(Func<QueueSnapshot, int> value) =>
        Queues().Select(queue => new Measurement<int>(value(queue), new KeyValuePair<string, object?>("queue", queue.Name)));

    private IEnumerable<Measurement<T>> PerStage<T>(Func<StageSnapshot, T> value)
        where T : struct
    {
        foreach (var stage in _stages.Values)
            yield return new Measurement<T>(value(stage.Snapshot()), new KeyValuePair<string, object?>("stage", stage.Name));
    }
}
