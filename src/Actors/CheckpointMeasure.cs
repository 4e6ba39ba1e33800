using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Measures checkpoints by the metrics of a run, at a pace that leaves the machine to the training. One thread uses it at a time.</summary>
internal sealed class CheckpointMeasure(TrainingSetup setup, EvaluationSetup evaluation) : IDisposable
{
    private readonly WorkPace _pace = new(evaluation.Share, setup.Time);
    private FeatureExtractor? _features;
    private MeasuredReals? _reals;

    public IReadOnlyList<MetricScore> Scores(string checkpoint, CancellationToken cancellationToken)
    {
        _pace.Begin();
        CpuThreads.ComputeAlone();
        var snapshot = NetworkFile.Read(checkpoint, raw: false);
        _features ??= evaluation.OpenFeatures?.Invoke();
        _reals ??= MeasuredReals.Create(
            Plan(snapshot.Architecture), setup.Source, setup.Pipeline, evaluation.Images, evaluation.StatisticsFolder, Between, cancellationToken);
        var labels = snapshot.Architecture.LabelSize > 0
            ? new LabelTable(setup.Source.Count, setup.Source.LabelSize, setup.Source.CopyLabel)
            : null;
        using var fakes = new FakeImages(snapshot, TorchDevice.First(setup.Device), labels, evaluation.Seed);
        using var measured = fakes.Measure(_reals.Plan, _reals.Images.Count, Between);
        return Evaluation.Score(_reals.Plan, _reals.Images, measured, _reals.Floors, Between);

        void Between() => _pace.Between(cancellationToken);
    }

    /// <summary>Nothing else needs the machine any more; from any thread.</summary>
    public void Hurry() => _pace.Release();

    /// <summary>Leaves the device: the network of features may be on it, and the reals are measured by that.</summary>
    public void Free()
    {
        _reals?.Dispose();
        _features?.Dispose();
        (_reals, _features) = (null, null);
        DeviceMemory.GiveBack(setup.Device);
    }

    public void Dispose()
    {
        Free();
        _pace.Dispose();
    }

    private MetricPlan Plan(NetworkArchitecture architecture) => new()
    {
        Metrics = evaluation.Metrics,
        Channels = architecture.Channels,
        Height = architecture.HeightAt(architecture.Resolution),
        Width = architecture.WidthAt(architecture.Resolution),
        Seed = evaluation.Seed,
        Features = _features,
    };
}
