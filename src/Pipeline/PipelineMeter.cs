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
    private readonly Meter _meter = new(MeterName);

    internal PipelineMeter(SkippedImages skipped, PyramidCache cache)
    {
        _skipped = skipped;
        _cache = cache;
        _meter.CreateObservableCounter("pggan.pipeline.items", () => PerStage(stage => stage.Items), "{item}", "Items handed on");
        _meter.CreateObservableCounter("pggan.pipeline.busy", () => PerStage(stage => stage.BusySeconds), "s", "Time working");
        _meter.CreateObservableCounter("pggan.pipeline.waiting", () => PerStage(stage => stage.WaitingSeconds), "s", "Time waiting for input");
        _meter.CreateObservableCounter("pggan.pipeline.blocked", () => PerStage(stage => stage.BlockedSeconds), "s", "Time blocked on output");
        _meter.CreateObservableCounter("pggan.pipeline.skipped", () => (long)_skipped.Count, "{image}", "Bad images");
        _meter.CreateObservableGauge("pggan.pipeline.cached", () => _cache.Bytes, "By", "Decoded images kept in memory");
    }

    /// <summary>All stages and counts at this moment.</summary>
    public PipelineSnapshot Snapshot() => new(
        [.. _stages.Values.Select(stage => stage.Snapshot()).OrderBy(stage => stage.Name, StringComparer.Ordinal)],
        _skipped.Count, _cache.Count, _cache.Bytes);

    /// <summary>Ends the meter.</summary>
    public void Dispose() => _meter.Dispose();

    internal StageMeter For(string stage) => _stages.GetOrAdd(stage, static name => new StageMeter(name));

    private IEnumerable<Measurement<T>> PerStage<T>(Func<StageSnapshot, T> value)
        where T : struct
    {
        foreach (var stage in _stages.Values)
            yield return new Measurement<T>(value(stage.Snapshot()), new KeyValuePair<string, object?>("stage", stage.Name));
    }
}
