using System.Diagnostics;
using System.Threading.Channels;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>
/// A step at every resolution with images of the dataset, a checkpoint and a restore, in a temporary folder. No actors: what fails here is
/// the machine, the data or the options.
/// </summary>
internal static class SmokeTest
{
    /// <summary>Tries all of it.</summary>
    /// <param name="plan">The run that would be.</param>
    /// <param name="tried">What its resolutions need, by steps on black images.</param>
    /// <param name="output">Told of each step.</param>
    /// <param name="cancellationToken">Looked at between two steps.</param>
    /// <exception cref="UserException">Something does not work; the message says what.</exception>
    public static async Task RunAsync(RunPlan plan, IReadOnlyList<PreflightResult> tried, TextWriter output, CancellationToken cancellationToken)
    {
        // Without fades and repeats a growth by hand follows each step.
        TrainerOptions options = plan.Trainer with
        {
            MinibatchRepeats = 1,
            DiscriminatorRepeats = 1,
            Schedule = plan.Trainer.Schedule with
            {
                TrainKimg = 1e6,
                TrainKimgAt = new Dictionary<int, double>(),
                FadeKimg = 0,
                FadeKimgAt = new Dictionary<int, double>(),
                TotalKimg = 1e9,
            },
        };
        List<GrowthPhase> stages = [.. GrowthSchedule.Create(options.Schedule).Phases];
        IReadOnlyList<SchedulePoint> points = [.. stages.Select(s => GrowthSchedule.Create(options.Schedule).At(s.StartImages))];
        List<ImageBatch> batches = await ReadAsync(plan, points, cancellationToken);
        try
        {
            Train(options, plan.Labels, tried, batches, plan.Source.Digest, output, cancellationToken);
        }
        finally
        {
            batches.ForEach(b => b.Dispose());
        }
        await output.WriteLineAsync("Everything works.");
    }

    private static void Train(
        TrainerOptions options, LabelTable? labels, IReadOnlyList<PreflightResult> tried, List<ImageBatch> batches, string digest, TextWriter output, CancellationToken cancellationToken)
    {
        using ProgressiveTrainer trainer = new(options, labels);
        TrainRun.Limit(trainer, tried);
        foreach (ImageBatch batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StepMetrics step = trainer.Step(batch.Pixels, labels is null ? [] : batch.Labels);
            output.WriteLine($"{options.Architecture.SizeAt(step.Stage.Resolution),-9} minibatch {step.Minibatch,-4} D {Say.Number(step.DiscriminatorLoss)} G {Say.Number(step.GeneratorLoss)}  {step.Seconds:0.00} s");
            trainer.TryGrow(out _);
        }
        cancellationToken.ThrowIfCancellationRequested();
        string folder = Directory.CreateTempSubdirectory("pggan-smoke-").FullName;
        try
        {
            SaveAndRestore(trainer, labels, batches[^1].NextPosition, digest, folder, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void SaveAndRestore(ProgressiveTrainer trainer, LabelTable? labels, long position, string digest, string folder, TextWriter output)
    {
        long started = Stopwatch.GetTimestamp();
        Checkpoint captured = trainer.Capture(position, digest);
        string first = Path.Combine(folder, "first"), second = Path.Combine(folder, "second");
        CheckpointFile.Write(first, captured);
        using ProgressiveTrainer restored = new(trainer.Options, labels);
        restored.Restore(CheckpointFile.Read(first));
        CheckpointFile.Write(second, restored.Capture(position, digest));
        string[] files = [.. Directory.EnumerateFiles(first).Select(f => Path.GetFileName(f))];
        foreach (string file in files.Where(f => f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            if (!File.ReadAllBytes(Path.Combine(first, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(second, file))))
                throw new UserException($"A restored training differs from the one saved ({file}).", ExitCodes.Defect);
        }
        long bytes = files.Sum(f => new FileInfo(Path.Combine(first, f)).Length);
        output.WriteLine($"checkpoint {Say.Memory(bytes)}, saved and restored alike  {Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} s");
    }

    /// <summary>One batch for each point, from the real pipeline.</summary>
    private static async Task<List<ImageBatch>> ReadAsync(RunPlan plan, IReadOnlyList<SchedulePoint> points, CancellationToken cancellationToken)
    {
        PipelineOptions options = plan.Options.ToPipelineOptions() with { Readers = 1, Downsamplers = 1 };
        BatchSelector selector = new(points[0].Stage.Resolution, points[0].Minibatch, 0);
        using StoredSource? stored = plan.Store.Find(plan.Source, options);
        using PipelineContext context = new(stored ?? plan.Source, options, selector, null);
        using PipelineChannels channels = new(context);
        Channel<ImageBatch> output = PipelineChannels.CreateBatchChannel(options);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task stages = Task.WhenAll(
            new ReaderStage(context, channels, 0).RunAsync(stop.Token),
            new DownsampleStage(context, channels, 0).RunAsync(stop.Token),
            new BatchStage(context, channels, output.Writer).RunAsync(stop.Token));
        List<ImageBatch> batches = [];
        try
        {
            foreach (SchedulePoint point in points)
            {
                BatchRequest wanted = batches.Count == 0
                    ? selector.Current
                    : selector.Want(point.Stage.Resolution, point.Minibatch, batches[^1].NextPosition);
                while (true)
                {
                    Task<ImageBatch> next = output.Reader.ReadAsync(stop.Token).AsTask();
                    if (await Task.WhenAny(next, stages) == stages)
                        await stages;
                    ImageBatch batch = await next;
                    if (batch.Generation == wanted.Generation)
                    {
                        batches.Add(batch);
                        break;
                    }
                    batch.Dispose();
                }
            }
            return batches;
        }
        catch
        {
            batches.ForEach(b => b.Dispose());
            throw;
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)stages).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (output.Reader.TryRead(out ImageBatch? left))
                left.Dispose();
        }
    }
}
