using System.Diagnostics.Metrics;
using System.Text.Json;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>The training in numbers, from its events: the meter "Pggan.Training". A number that is not known yet is not told. Thread-safe.</summary>
internal sealed class TrainingMeter : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Pggan.Training";

    private readonly Meter _meter = new(MeterName);
    private readonly Gauge<long> _images;
    private readonly Gauge<double> _kimg;
    private readonly Gauge<int> _resolution;
    private readonly Gauge<double> _alpha;
    private readonly Gauge<int> _minibatch;
    private readonly Gauge<double> _loss;
    private readonly Gauge<double> _score;
    private readonly Gauge<double> _gradientNorm;
    private readonly Gauge<double> _gradientPenalty;
    private readonly Gauge<double> _learningRate;
    private readonly Gauge<double> _speed;
    private readonly Gauge<double> _loaderWait;
    private readonly Gauge<long> _memory;
    private readonly Counter<long> _ticks;
    private readonly Counter<long> _checkpoints;
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _skippedImages;
    private readonly Counter<long> _commands;

    /// <summary>A meter for one training.</summary>
    public TrainingMeter()
    {
        _images = _meter.CreateGauge<long>("pggan.training.images", "{image}", "Real images seen; less after going back to a checkpoint");
        _kimg = _meter.CreateGauge<double>("pggan.training.kimg", "{kimg}", "The same in thousands");
        _resolution = _meter.CreateGauge<int>("pggan.training.resolution", "{pixel}", "Side of the images trained at");
        _alpha = _meter.CreateGauge<double>("pggan.training.alpha", "1", "Weight of the newest block");
        _minibatch = _meter.CreateGauge<int>("pggan.training.minibatch", "{image}", "Real images a step");
        _loss = _meter.CreateGauge<double>("pggan.training.loss", null, "Mean loss of a network over the last tick, by network");
        _score = _meter.CreateGauge<double>("pggan.training.score", null, "Mean score that D gives over the last tick, by images");
        _gradientNorm = _meter.CreateGauge<double>("pggan.training.gradient_norm", null, "Norm of the gradient that the penalty looks at");
        _gradientPenalty = _meter.CreateGauge<double>("pggan.training.gradient_penalty", null, "Gradient penalty in D's loss");
        _learningRate = _meter.CreateGauge<double>("pggan.training.learning_rate", null, "Learning rate of a network, by network");
        _speed = _meter.CreateGauge<double>("pggan.training.speed", "{image}/s", "Real images a second");
        _loaderWait = _meter.CreateGauge<double>("pggan.training.loader_wait", "1", "Share of the last tick that the trainer waited for a batch");
        _memory = _meter.CreateGauge<long>("pggan.training.memory", "By", "Resident memory of the process at the last tick");
        _ticks = _meter.CreateCounter<long>("pggan.training.ticks", "{tick}", "Ticks of this process");
        _checkpoints = _meter.CreateCounter<long>("pggan.training.checkpoints", "{checkpoint}", "Checkpoints, by outcome");
        _restarts = _meter.CreateCounter<long>("pggan.training.restarts", "{restart}", "Restarts, by actor");
        _skippedImages = _meter.CreateCounter<long>("pggan.training.skipped_images", "{image}", "Images that can't be used");
        _commands = _meter.CreateCounter<long>("pggan.training.commands", "{command}", "Commands, by name and outcome");
    }

    /// <summary>Takes note of an event.</summary>
    public void Note(ITrainingEvent happened)
    {
        switch (happened)
        {
            case TickCompleted tick:
                NoteTick(tick.Summary);
                break;
            case TrainingProgressed at:
                NotePlace(at.Images, at.Stage.Resolution, at.Stage.Alpha);
                if (at.ImagesPerSecond > 0)
                    _speed.Record(at.ImagesPerSecond);
                break;
            case CheckpointSaved:
                _checkpoints.Add(1, KeyValuePair.Create<string, object?>("outcome", "saved"));
                break;
            case CheckpointFailed:
                _checkpoints.Add(1, KeyValuePair.Create<string, object?>("outcome", "failed"));
                break;
            case TrainerRestarted:
                _restarts.Add(1, KeyValuePair.Create<string, object?>("actor", "trainer"));
                break;
            case PipelineDegraded degraded:
                _restarts.Add(1, KeyValuePair.Create<string, object?>("actor", degraded.Stage));
                break;
            case ImageSkipped:
                _skippedImages.Add(1);
                break;
        }
    }

    /// <summary>Takes note of a command and its answer.</summary>
    public void Note(ITrainingCommand command, CommandReply reply) => _commands.Add(
        1,
        KeyValuePair.Create<string, object?>("command", JsonNamingPolicy.SnakeCaseLower.ConvertName(command.GetType().Name)),
        KeyValuePair.Create<string, object?>("outcome", reply is CommandAccepted ? "accepted" : "rejected"));

    /// <summary>Ends the meter: its numbers are told no more.</summary>
    public void Dispose() => _meter.Dispose();

    private void NoteTick(TickSummary tick)
    {
        _ticks.Add(1);
        NotePlace(tick.Images, tick.Resolution, tick.Alpha);
        _minibatch.Record(tick.Minibatch);
        Record(_loss, tick.LossD, "network", "D");
        Record(_loss, tick.LossG, "network", "G");
        Record(_score, tick.ScoreReal, "images", "real");
        Record(_score, tick.ScoreFake, "images", "fake");
        _gradientNorm.Record(tick.GradientNorm);
        _gradientPenalty.Record(tick.GradientPenalty);
        Record(_learningRate, tick.GLearningRate, "network", "G");
        Record(_learningRate, tick.DLearningRate, "network", "D");
        _speed.Record(tick.ImagesPerSecond);
        _loaderWait.Record(tick.LoaderWait);
        _memory.Record(tick.MemoryBytes);
    }

    private void NotePlace(long images, int resolution, double alpha)
    {
        _images.Record(images);
        _kimg.Record(images / 1000.0);
        _resolution.Record(resolution);
        _alpha.Record(alpha);
    }

    private static void Record(Gauge<double> gauge, double? value, string attribute, string name)
    {
        if (value is { } number)
            gauge.Record(number, KeyValuePair.Create<string, object?>(attribute, name));
    }
}
