using System.Diagnostics;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Trains a classifier on a labelled dataset, measures it on images held out, and writes it.</summary>
internal static class FeatureTraining
{
    private const int Minibatch = 64;
    private const int LargestDefaultResolution = 32;
    private const double DefaultKimg = 200;
    private const double MostDefaultEpochs = 40;
    private const int LinesOfProgress = 20;

    /// <summary>A long training is heard of in between.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

    /// <summary>The whole of it.</summary>
    /// <exception cref="UserException">The request or the data can't be used, or the file can't be written.</exception>
    public static async Task<TrainFeaturesResult> RunAsync(TrainFeaturesRequest request, TextWriter progress, CancellationToken cancellationToken)
    {
        Validate(request);
        using LabelledData data = LabelledData.Open(request.Data, request.HeldOut, request.Seed);
        PipelineOptions pipeline = Pipeline(request, await Datasets.InspectAsync(request.Data, data.Source, BaseSize.Square, cancellationToken));
        data.TakeFrom(source => StorePlan.Find(new RunOptions().Out, source, pipeline, progress.WriteLine));
        (IImageSource training, IImageSource heldOut) = (data.Training, data.HeldOut);
        await Datasets.CheckAsync(training, pipeline, BatchOf(training), data.TrainingStored, cancellationToken);
        await Datasets.CheckAsync(heldOut, pipeline, BatchOf(heldOut), data.HeldOutStored, cancellationToken);
        ClassifierArchitecture architecture = new() { Resolution = pipeline.Resolution, Channels = pipeline.Channels, Classes = data.Source.LabelSize };
        long images = ImagesOf(request, training.Count);
        using ClassifierTrainer trainer = Create(architecture, request, images);
        await progress.WriteLineAsync(
            $"{data.Source.Description}: {data.Source.LabelSize} classes, {training.Count} images to train on, {heldOut.Count} held out{(data.TrainingStored > 0 ? ", from their pyramid store" : "")}, {Say.Size(pipeline.Resolution)}, " +
            $"{(pipeline.Channels == 1 ? "grey" : "colour")}, {images / 1000.0:0.#} kimg");
        long started = Stopwatch.GetTimestamp();
        await TrainAsync(trainer, training, pipeline, images, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (long right, long measured) = await MeasureAsync(trainer, heldOut, pipeline with { Mirror = false }, cancellationToken);
        ClassifierRecord record = new()
        {
            ClassNames = [.. data.Source.ClassNames],
            DatasetDigest = data.Source.Digest,
            Seed = request.Seed,
            Images = trainer.Images,
            HeldOut = measured,
            Accuracy = (double)right / measured,
        };
        cancellationToken.ThrowIfCancellationRequested();
        Save(trainer, request.Out, record);
        return new TrainFeaturesResult(
            request.Out, record.Accuracy, measured, architecture.Features, architecture.Resolution, architecture.Channels, record.ClassNames, record.Images, seconds);
    }

    private static void Validate(TrainFeaturesRequest request)
    {
        if (request.Kimg is not null && request.Epochs is not null)
            throw new UserException("--kimg and --epochs both say how long to train; name one of them.");
        if (request.Kimg is { } kimg && !(kimg > 0 && kimg <= 1e9))
            throw new UserException($"--kimg {kimg} must be above 0 and a billion at most.");
        if (request.Epochs is { } epochs && !(epochs > 0 && epochs <= 1e6))
            throw new UserException($"--epochs {epochs} must be above 0 and a million at most.");
        if (!request.Out.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || request.Out.Contains('\0', StringComparison.Ordinal))
            throw new UserException($"--out {request.Out} must name a .safetensors file.");
        if (Directory.Exists(request.Out))
            throw new UserException($"--out {request.Out} is a folder; name a file.");
        if (request.Resolution is { } resolution)
            Checked(() => new ClassifierArchitecture { Resolution = resolution }.Validate(), "--resolution: ");
        Checked(() => TorchDevice.Parse(request.Device), "");
    }

    private static void Checked(Action check, string option)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            throw new UserException($"{option}{e.Message}.", ExitCodes.Usage, e);
        }
    }

    /// <summary>As long as was asked for; else enough to learn, without more passes over a small set than do it good.</summary>
    private static long ImagesOf(TrainFeaturesRequest request, int count) => Math.Max(1, (long)(
        request.Kimg * 1000 ?? request.Epochs * count ?? Math.Min(DefaultKimg * 1000, MostDefaultEpochs * count)));

    private static PipelineOptions Pipeline(TrainFeaturesRequest request, DatasetFacts facts) => new()
    {
        Resolution = request.Resolution ?? Math.Clamp(facts.Resolution, 8, LargestDefaultResolution),
        Channels = facts.Channels == 1 ? 1 : 3, // alpha is no feature
        Seed = request.Seed,
        Mirror = facts.MirrorIsSafe,
    };

    private static ClassifierTrainer Create(ClassifierArchitecture architecture, TrainFeaturesRequest request, long images)
    {
        ClassifierTrainer? trainer = null;
        Checked(() => trainer = new ClassifierTrainer(architecture, request.Seed, images, request.Device), "");
        return trainer!;
    }

    private static async Task TrainAsync(
        ClassifierTrainer trainer, IImageSource source, PipelineOptions pipeline, long images, TextWriter progress, CancellationToken cancellationToken)
    {
        (double loss, long right, long seen, long started) = (0, 0, 0, Stopwatch.GetTimestamp());
        long told = started;
        try
        {
            await foreach (ImageBatch read in BatchFeed.ReadAsync(source, pipeline, BatchOf(source), cancellationToken))
            {
                using ImageBatch batch = read;
                (double stepLoss, int stepRight) = trainer.Step(batch.Pixels, batch.Labels);
                loss += stepLoss * batch.Count;
                right += stepRight;
                seen += batch.Count;
                bool isAtLine = trainer.Images * LinesOfProgress / images != (trainer.Images - batch.Count) * LinesOfProgress / images;
                if (trainer.Images < images && !isAtLine && Stopwatch.GetElapsedTime(told) < LongestSilence)
                    continue;
                double speed = trainer.Images / Stopwatch.GetElapsedTime(started).TotalSeconds;
                await progress.WriteLineAsync(
                    $"kimg {trainer.Images / 1000.0,7:0.0}  loss {loss / seen:0.000}  right {right * 100.0 / seen,4:0.0}%  {speed:0} images/s  " +
                    $"{Say.Time((images - trainer.Images) / speed)} left");
                if (trainer.Images >= images)
                    return;
                (loss, right, seen, told) = (0, 0, 0, Stopwatch.GetTimestamp());
            }
        }
        catch (TrainingDivergedException e)
        {
            throw new UserException($"The classifier can't be trained: {e.Message}.", ExitCodes.TrainingFailed, e);
        }
    }

    /// <summary>One pass over a source; the last batch runs into the next pass, whose images are not counted.</summary>
    private static async Task<(long Right, long Measured)> MeasureAsync(
        ClassifierTrainer trainer, IImageSource source, PipelineOptions pipeline, CancellationToken cancellationToken)
    {
        (long right, long measured) = (0, 0);
        await foreach (ImageBatch read in BatchFeed.ReadAsync(source, pipeline, BatchOf(source), cancellationToken))
        {
            using ImageBatch batch = read;
            int count = batch.Count - (int)Math.Max(0, batch.NextPosition - source.Count);
            if (count > 0)
            {
                right += trainer.CountRight(batch.Pixels[..(batch.Pixels.Length / batch.Count * count)], batch.Labels[..(batch.LabelSize * count)]);
                measured += count;
            }
            if (batch.NextPosition >= source.Count)
                break;
        }
        return (right, measured);
    }

    /// <summary>Small sets are read in parts, so that a few bad images do no harm.</summary>
    private static int BatchOf(IImageSource source) => Math.Min(Minibatch, (source.Count + 1) / 2);

    private static void Save(ClassifierTrainer trainer, string path, ClassifierRecord record)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            trainer.Save(path, record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--out {path} can't be written: {e.Message}", ExitCodes.Usage, e);
        }
    }
}
