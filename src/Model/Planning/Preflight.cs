using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Takes some steps and draws samples at every resolution of the schedule before a training begins, so that a lack of memory shows now
/// and not days later: it finds out how many images can be computed at once, and refuses where not even one stddev group can.
/// </summary>
public static class Preflight
{
    // Small steps wander, and large ones take long.
    private const int MostTimed = 3;
    private const double EnoughSeconds = 1;

    /// <summary>Tries every resolution with its minibatch, in a fade where the schedule has one.</summary>
    /// <param name="options">The training.</param>
    /// <param name="memoryBytes">
    /// Memory that the training may take. Parts begin as small as their estimate needs to be within it, since many systems end a process
    /// that takes too much instead of telling it. <see cref="long.MaxValue"/> where it is not known.
    /// </param>
    /// <param name="tried">Told of each step, or null.</param>
    /// <param name="cancellationToken">Looked at between two steps.</param>
    /// <exception cref="PreflightFailedException">A resolution does not fit.</exception>
    public static IReadOnlyList<PreflightResult> Run(
        TrainerOptions options, long memoryBytes, Action<PreflightResult>? tried, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();

        // Steps on black images are no training to be judged.
        options = options with { DivergedAfterSkipped = 0, DivergedAfterExploded = 0, DivergedAfterCollapsed = 0 };
        int labelSize = options.Architecture.LabelSize;
        using ProgressiveTrainer trainer = new(options, new LabelTable(1, labelSize, (_, label) => label.Clear()));
        using ImageSampler sampler = new(trainer.CaptureGenerator(), TorchDevice.First(options.Device)); // a run has one beside its trainer
        HostTensor latents = ImageSampler.Latents(ImageSampler.ImagesAtOnce, options.Architecture.Latents, options.Seed);
        HostTensor labels = new([ImageSampler.ImagesAtOnce, labelSize], new float[ImageSampler.ImagesAtOnce * labelSize]);
        List<PreflightResult> results = [];
        foreach (IGrouping<int, GrowthPhase> phases in trainer.Schedule.Phases.GroupBy(p => p.Resolution))
        {
            cancellationToken.ThrowIfCancellationRequested();
            trainer.JumpTo(phases.First().StartImages + 1);
            SchedulePoint point = trainer.Point;
            int resolution = point.Stage.Resolution, minibatch = point.Minibatch;
            try
            {
                byte[] pixels = new byte[(long)minibatch * options.Architecture.BytesAt(resolution)];
                float[] realLabels = new float[minibatch * labelSize];

                // The first round at a stage also sets its operations up; those after it are what training will take.
                LimitByEstimate(trainer, resolution, minibatch, memoryBytes);
                string? reduced = null;
                Round();
                List<double> seconds = [];
                do
                    seconds.Add(Round());
                while (seconds.Count < MostTimed && seconds.Sum() * options.DiscriminatorRepeats < EnoughSeconds);
                sampler.Render(latents, labels, GrowthStage.Grown(resolution));
                using Process process = Process.GetCurrentProcess();
                results.Add(new PreflightResult(
                    point.Stage, minibatch, trainer.MicroBatches.SizeAt(resolution, minibatch), reduced, seconds.Order().ElementAt((seconds.Count - 1) / 2), process.PeakWorkingSet64));

                // Steps of D and then one of G, which takes memory of its own: seconds of a step, of D's and its share of G's.
                double Round()
                {
                    trainer.JumpTo(phases.First().StartImages + 1); // a phase may be as short as a step
                    double all = 0;
                    for (int i = 0; i < options.DiscriminatorRepeats; i++)
                    {
                        StepMetrics step = trainer.Step(pixels, realLabels);
                        reduced ??= step.MicroBatchReduced;
                        all += step.Seconds;
                    }
                    return all / options.DiscriminatorRepeats;
                }
            }
            catch (Exception e) when (e is ExternalException or OutOfMemoryException or OverflowException)
            {
                int atOnce = trainer.MicroBatches.SizeAt(resolution, minibatch);
                throw new PreflightFailedException(
                    $"{options.Architecture.SizeAt(resolution)} with minibatch {minibatch} does not fit on {options.Device}" +
                    $"{(atOnce < minibatch ? $", not even {atOnce} images at a time" : "")}: {e.Message.Split('\n')[0]}; " +
                    "take a smaller minibatch at this resolution, fewer feature maps or a lower final resolution", e);
            }
            tried?.Invoke(results[^1]);
        }
        return results;
    }

    private static void LimitByEstimate(ProgressiveTrainer trainer, int resolution, int minibatch, long memoryBytes)
    {
        TrainerOptions options = trainer.Options;
        int group = MicroBatch.GroupOf(options, minibatch);
        int wanted = trainer.MicroBatches.SizeAt(resolution, minibatch), images = wanted;
        while (images > group && CostEstimator.Bytes(options, resolution, images) > memoryBytes)
            images = MicroBatch.Halve(images, group);
        if (images < wanted)
            trainer.LimitMicroBatch(resolution, images,
                $"about {Size(CostEstimator.Bytes(options, resolution, wanted))} would be needed of {Size(memoryBytes)}");
    }

    private static string Size(long bytes) => bytes < 1e9 ? $"{bytes / 1e6:0} MB" : $"{bytes / 1e9:0.0} GB";
}
