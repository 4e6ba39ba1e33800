using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Sums up the steps since the last tick.</summary>
internal sealed class TickMeter(TimeProvider time)
{
    private StepMetrics? _last;
    private int _steps;
    private int _generatorSteps;
    private int _overflows;
    private long _images;
    private double _lossD;
    private double _lossG;
    private double _scoreReal;
    private double _scoreFake;
    private double _gradientNorm;
    private double _gradientPenalty;
    private double _labelLoss;
    private int _skippedUpdates;
    private int _stale;
    private double _active;
    private double _waited;
    private long? _since;

    public bool IsEmpty => _steps == 0;

    /// <summary>Loss of G at the last step that had one.</summary>
    public float? LastLossG { get; private set; }

    /// <summary>Loss of D at the last step.</summary>
    public float? LastLossD { get; private set; }

    /// <summary>Seconds of training in this tick, pauses left out.</summary>
    public double Active => _active + (_since is { } since ? time.GetElapsedTime(since).TotalSeconds : 0);

    public double ImagesPerSecond => Active > 0 ? _images / Active : 0;

    /// <summary>Share of the same seconds in which images were waited for, from 0 to 1.</summary>
    public double LoaderWait => Active > 0 ? Math.Min(_waited / Active, 1) : 0;

    /// <summary>Training goes on.</summary>
    public void Run() => _since ??= time.GetTimestamp();

    /// <summary>Training pauses; the time until it goes on is no tick's.</summary>
    public void Pause()
    {
        _active = Active;
        _since = null;
    }

    public void Waited(double seconds) => _waited += seconds;

    public void DiscardStale() => _stale++;

    public void Add(StepMetrics step)
    {
        _last = step;
        _steps++;
        _images += step.Minibatch;
        if (step.Overflowed)
        {
            _overflows++;
        }
        else
        {
            LastLossD = step.DiscriminatorLoss;
            _lossD += step.DiscriminatorLoss;
            _gradientNorm += step.GradientNorm;
            _gradientPenalty += step.GradientPenalty;
        }

        if (step.GeneratorLoss is { } lossG)
        {
            LastLossG = lossG;
            _lossG += lossG;
            _generatorSteps++;
        }

        _scoreReal += step.RealScore;
        _scoreFake += step.FakeScore;
        _labelLoss += step.LabelLoss;
        _skippedUpdates += step.SkippedUpdates;
    }

    /// <summary>Ends the tick, which has at least one step, and begins the next.</summary>
    /// <param name="at">Where the schedule is.</param>
    /// <param name="progress">Where the run is.</param>
    /// <param name="totalImages">Images of the whole schedule.</param>
    public TickSummary Complete(SchedulePoint at, GrowthProgress progress, double totalImages)
    {
        var last = _last!;
        var seconds = Active;
        var perKimg = seconds / _images * 1000;
        var learnt = _steps - _overflows;
        var phaseLeft = Math.Max(Math.Min(at.Phase.EndImages, totalImages) - progress.ScheduleImages, 0) / 1000;
        var totalLeft = Math.Max(totalImages - progress.ScheduleImages, 0) / 1000;
        var summary = new TickSummary
        {
            Tick = 0,
            Images = last.Images,
            Resolution = last.Stage.Resolution,
            Alpha = last.Stage.Alpha,
            Minibatch = last.Minibatch,
            LossD = _lossD / learnt,
            LossG = _generatorSteps > 0 ? _lossG / _generatorSteps : null,
            ScoreReal = _scoreReal / _steps,
            ScoreFake = _scoreFake / _steps,
            GradientNorm = _gradientNorm / learnt,
            GradientPenalty = _gradientPenalty / learnt,
            LabelLoss = _labelLoss / _steps,
            GLearningRate = last.GeneratorLearningRate,
            DLearningRate = last.DiscriminatorLearningRate,
            ImagesPerSecond = seconds > 0 ? _images / seconds : 0,
            SecondsPerTick = seconds,
            SecondsPerKimg = perKimg,
            LoaderWait = LoaderWait,
            MemoryBytes = Environment.WorkingSet,
            SkippedUpdates = _skippedUpdates,
            GLossScale = last.GeneratorLossScale,
            DLossScale = last.DiscriminatorLossScale,
            StaleBatches = _stale,
            PhaseKimgLeft = phaseLeft,
            TotalKimgLeft = totalLeft,
            SecondsLeftInPhase = perKimg * phaseLeft,
            SecondsLeft = at.Phase.EndImages >= totalImages ? perKimg * totalLeft : null,
        };
        Reset();
        return summary;
    }

    private void Reset()
    {
        var running = _since is not null;
        (_steps, _generatorSteps, _overflows, _images, _skippedUpdates, _stale) = (0, 0, 0, 0, 0, 0);
        (_lossD, _lossG, _scoreReal, _scoreFake, _gradientNorm, _gradientPenalty, _labelLoss) = (0, 0, 0, 0, 0, 0, 0);
        (_active, _waited, _since) = (0, 0, null);
        if (running)
            Run();
    }
}
