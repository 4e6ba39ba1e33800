using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Trains a progressive GAN step by step: owns G, D, the average of G and both optimizers, and knows the schedule. The order within a
/// step is the reference's (train.py): D, average of G, images counted, then G; or the average after G. On several devices each differentiates its share of the minibatch.
/// </summary>
/// <remarks>Not thread-safe: make, use and dispose it on one thread.</remarks>
public sealed class ProgressiveTrainer : IDisposable
{
    /// <summary>Most bytes of pixels of a minibatch that is set by hand.</summary>
    private const long MostBatchBytes = 256L << 20;

    private readonly Device device;
    private readonly Replicas replicas;
    private readonly Generator generator;
    private readonly Generator average;
    private readonly Discriminator discriminator;
    private readonly GradientStep generatorStep;
    private readonly GradientStep discriminatorStep;
    private readonly List<Parameter> generatorParameters;
    private readonly List<Parameter> averageParameters;
    private readonly MinibatchLoss loss;
    private readonly DivergenceWatch watch;
    private readonly IReadOnlyList<string> labelNames;
    private readonly GrowthSchedule start; // tried before the first step
    private GrowthSchedule schedule;
    private GrowthStage? lastStage;
    private long skippedUpdates;
    private int rollbacks;

    /// <summary>Builds both networks from the seed.</summary>
    /// <param name="options">Every number of the training.</param>
    /// <param name="labels">The dataset's labels; needed when the architecture has a label size.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or labels are missing or of another size.</exception>
    public ProgressiveTrainer(TrainerOptions options, LabelTable? labels)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int labelSize = options.Architecture.LabelSize;
        if (labelSize > 0 && labels?.Size != labelSize)
            throw new ArgumentException($"the networks take labels of {labelSize} components and the dataset has {labels?.Size ?? 0}");

        labelNames = labelSize > 0 ? labels!.Names : [];
        Options = Given = options;
        schedule = start = GrowthSchedule.Create(options.Schedule);
        watch = new DivergenceWatch(options);
        device = TorchDevice.Parse(TorchDevice.First(options.Device));
        MicroBatches = new MicroBatches(options);

        using var scope = NewDisposeScope();
        average = new Generator(options.Architecture);
        average.to(device);
        replicas = new Replicas(options);
        (generator, generatorStep) = (replicas.First.Generator, replicas.First.GeneratorStep);
        (discriminator, discriminatorStep) = (replicas.First.Discriminator, replicas.First.DiscriminatorStep);
        average.load_state_dict(generator.state_dict());
        _ = (generatorStep.Optimizer, discriminatorStep.Optimizer); // their memory is taken now, and not in the middle of the first step
        generatorParameters = [.. generator.parameters()];
        averageParameters = [.. average.parameters()];
        foreach (Parameter parameter in averageParameters)
            parameter.DetachFromDisposeScope();
        loss = new MinibatchLoss(options, discriminatorStep.Scale, labelSize > 0 ? labels : null);
    }

    /// <summary>Every number of the training, as it holds now.</summary>
    public TrainerOptions Options { get; private set; }

    /// <summary>Every number of the training, as it was given.</summary>
    public TrainerOptions Given { get; }

    /// <summary>What was changed since the run began.</summary>
    public TrainingChange Changes { get; private set; } = new();

    /// <summary>Where the run is.</summary>
    public GrowthProgress Progress { get; private set; } = GrowthProgress.Start;

    /// <summary>How often training went back to a checkpoint after a divergence: latents and mixing factors are drawn afresh each time.</summary>
    public int Rollbacks
    {
        get => rollbacks;
        set
        {
            rollbacks = value;
            loss.NoiseSeed = Chance.After(value, Options.Seed);
        }
    }

    /// <summary>The schedule as the next step reads it: frozen within a group of minibatch repeats.</summary>
    public SchedulePoint Point => schedule.At(Progress.GroupImages);

    /// <summary>The run's schedule.</summary>
    public GrowthSchedule Schedule => schedule;

    /// <summary>True when the schedule's total is reached.</summary>
    public bool Completed => Progress.ScheduleImages >= schedule.TotalImages;

    /// <summary>
    /// One discriminator update with its update of the average and, as often as the options say, a generator update.
    /// </summary>
    /// <param name="pixels">Reals [N, C, H, W] as bytes, N and their size those of <see cref="Point"/>.</param>
    /// <param name="labels">Their labels [N, S]; empty for an unconditional network.</param>
    /// <exception cref="ArgumentException">The spans do not have the size that this step needs.</exception>
    /// <exception cref="TrainingDivergedException">
    /// For many steps in a row gradients were not finite, their norm had exploded, or D could not tell reals from fakes.
    /// </exception>
    public StepMetrics Step(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> labels)
    {
        long started = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        SchedulePoint point = Point;
        int n = point.Minibatch;
        Tensor reals = RealImages.Prepare(Bytes(pixels, n, point.Stage.Resolution), point.Stage, device); // [N, C, H, W]
        Tensor? realLabels = Labels(labels, n);                                                           // [N, S]

        if (lastStage is { } last)
            Enter(point.Stage, last);
        lastStage = point.Stage;

        // Minibatch discrimination that nobody has fitted takes what there is.
        if (Progress.Images == 0)
            discriminator.Fit(reals, point.Stage);

        // Discriminator.
        (IReadOnlyList<Tensor> gradients, Tensor critique) =
            MicroBatches.Differentiate(point, replicas, on => on.DiscriminatorStep, loss.OfDiscriminator(reals, realLabels, point.Stage, Progress.Images));
        (IReadOnlyList<Tensor> Gradients, Tensor Loss)? together = Options.SimultaneousUpdate ? OfGenerator() : null;
        bool discriminatorUpdated = discriminatorStep.Descend(gradients, point.Stage, point.DiscriminatorLearningRate);
        replicas.Follow(on => on.DiscriminatorStep, point.Stage);
        int skipped = discriminatorUpdated ? 0 : 1;

        // Average of G, before G moves on.
        if (Options.AverageAfter == AverageAfter.D)
            ExponentialMovingAverage.Update(averageParameters, generatorParameters, ExponentialMovingAverage.Beta(Options, n));

        // Images count when D has seen them.
        bool generatorIsDue = (Progress.StepInGroup + 1) % Options.DiscriminatorRepeats == 0;
        Progress = Progress.Advance(n, Options.MinibatchRepeats * Options.DiscriminatorRepeats);

        // Generator.
        float? generatorLoss = null;
        if (generatorIsDue)
        {
            (gradients, Tensor mean) = together ?? OfGenerator();
            skipped += generatorStep.Descend(gradients, point.Stage, point.GeneratorLearningRate) ? 0 : 1;
            replicas.Follow(on => on.GeneratorStep, point.Stage);
            generatorLoss = mean.item<float>();
            if (Options.AverageAfter == AverageAfter.G)
                ExponentialMovingAverage.Update(averageParameters, generatorParameters, ExponentialMovingAverage.Beta(Options, n * Options.DiscriminatorRepeats));
        }

        skippedUpdates += skipped;
        StepMetrics metrics = Measure(critique, generatorLoss, point, skipped, started);
        if (generatorIsDue && !metrics.Overflowed)
            loss.Noise.Follow(metrics.DiscriminatorLoss, metrics.FakeScore);
        return watch.Fault(metrics, Math.Max(discriminatorStep.SkippedInARow, generatorStep.SkippedInARow)) is { } fault
            ? throw new TrainingDivergedException($"{fault}, up to kimg {Progress.Images / 1000.0:0.000} at {point.Stage.Resolution} px")
            : metrics;

        (IReadOnlyList<Tensor> Gradients, Tensor Loss) OfGenerator() =>
            MicroBatches.Differentiate(point, replicas, on => on.GeneratorStep, loss.OfGenerator(reals, point.Stage, Progress.Images));
    }

    /// <summary>Ends the stabilise phase now, so that the next resolution comes in with the next group of steps.</summary>
    /// <param name="refusal">Why it can't grow now, for a person; null when it grows.</param>
    /// <param name="completeFade">While fading, complete the fade.</param>
    public bool TryGrow(out string? refusal, bool completeFade = false)
    {
        bool grows = Progress.TryGrow(schedule, out GrowthProgress next, out refusal, completeFade);
        Progress = next;
        return grows;
    }

    /// <summary>
    /// Changes numbers from the next step on. A minibatch that is larger than any before is computed in parts of a size that is known to fit.
    /// </summary>
    /// <param name="change">What to change.</param>
    /// <param name="refusal">Why it is refused as a whole, for a person; null when it holds.</param>
    public bool TryChange(TrainingChange change, out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(change);
        refusal = PhaseChange.Refusal(schedule, Progress, change);
        return refusal is null && TryHold(Changes.Then(PhaseChange.Named(schedule, Progress, change)), out refusal);
    }

    /// <summary>Makes these the changes since the run began, in place of those so far. The place in the schedule stays, whatever its lengths.</summary>
    /// <param name="changes">Once <see cref="Changes"/> of this run, or less than these.</param>
    /// <param name="refusal">Why they are refused as a whole, for a person; null when they hold.</param>
    public bool TryHold(TrainingChange changes, out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(changes);
        GrowthSchedule before = schedule;
        try
        {
            refusal = TooLarge(GrowthSchedule.Create(Given.Schedule.With(changes)), Known);
            if (refusal is not null)
                return false;
            Adopt(changes);
        }
        catch (ArgumentException e)
        {
            refusal = e.Message;
            return false;
        }

        Progress = Progress.MapTo(before, schedule);
        foreach (int resolution in schedule.Resolutions.Except(Given.MicroBatch.Keys))
        {
            if (schedule.MinibatchAt(resolution) > Known(resolution))
                MicroBatches.Limit(resolution, MicroBatches.ShareOf(Known(resolution)), "a minibatch raised by hand is computed in parts of the size that is known to fit");
        }
        return true;

        int Known(int resolution) => Math.Max(before.MinibatchAt(resolution), start.MinibatchAt(resolution));
    }

    /// <summary>Copies the whole training into host memory.</summary>
    /// <param name="dataPosition">Position in the order of images after the last batch trained on.</param>
    /// <param name="datasetDigest">Identity of the dataset.</param>
    public Checkpoint Capture(long dataPosition, string? datasetDigest) => new(
        new TrainingState
        {
            Architecture = Options.Architecture,
            Progress = Progress,
            LastStage = lastStage,
            Stage = TrainedStage,
            GeneratorUpdates = generatorStep.Optimizer.Steps,
            DiscriminatorUpdates = discriminatorStep.Optimizer.Steps,
            SkippedUpdates = skippedUpdates,
            GeneratorSkippedInARow = generatorStep.SkippedInARow,
            DiscriminatorSkippedInARow = discriminatorStep.SkippedInARow,
            GeneratorLossScale = generatorStep.Scale.Log2,
            DiscriminatorLossScale = discriminatorStep.Scale.Log2,
            ExplodedInARow = watch.ExplodedInARow,
            CollapsedInARow = watch.CollapsedInARow,
            Rollbacks = Rollbacks,
            NoiseAverage = loss.Noise.Average,
            Seed = Options.Seed,
            MicroBatches = MicroBatches.Sizes,
            Changes = Changes == new TrainingChange() ? null : Changes,
            LabelNames = labelNames.Count > 0 ? labelNames : null,
            DataPosition = dataPosition,
            DatasetDigest = datasetDigest,
        },
        AllTensors().ToDictionary(t => t.Name, t => HostTensor.From(t.Value)));

    /// <summary>Copies the average of G into host memory.</summary>
    public GeneratorSnapshot CaptureGenerator() => new(
        Options.Architecture,
        TrainedStage,
        Progress.Images,
        average.named_parameters().ToDictionary(p => p.name, p => HostTensor.From(p.parameter)))
    {
        LabelNames = labelNames,
    };

    /// <summary>Takes a checkpoint's place in the training.</summary>
    /// <exception cref="ArgumentException">
    /// It is of other networks, labels or another seed, or what was changed by hand does not fit the options.
    /// </exception>
    public void Restore(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        TrainingState state = checkpoint.State;
        if (state.Architecture != Options.Architecture)
            throw new ArgumentException($"the checkpoint is of another architecture: {state.Architecture}, and the training is of {Options.Architecture}");
        if (state.Seed != Options.Seed)
            throw new ArgumentException($"the checkpoint was made with seed {state.Seed} and the training has seed {Options.Seed}");
        if (state.LabelNames is { } names && labelNames.Count > 0 && !names.SequenceEqual(labelNames, StringComparer.Ordinal))
            throw new ArgumentException($"the checkpoint's labels are {string.Join(", ", names)}, and the training's {string.Join(", ", labelNames)}");
        CopyTensors(checkpoint.Tensors, AllTensors());
        replicas.Follow();
        Adopt(state.Changes ?? new TrainingChange());
        Progress = state.Progress;
        lastStage = state.LastStage;
        Rollbacks = state.Rollbacks;
        loss.Noise.Average = state.NoiseAverage;
        skippedUpdates = state.SkippedUpdates;
        watch.ExplodedInARow = state.ExplodedInARow;
        watch.CollapsedInARow = state.CollapsedInARow;
        generatorStep.SkippedInARow = state.GeneratorSkippedInARow;
        discriminatorStep.SkippedInARow = state.DiscriminatorSkippedInARow;
        generatorStep.Scale.Restore(state.GeneratorLossScale);
        discriminatorStep.Scale.Restore(state.DiscriminatorLossScale);
        generatorStep.Optimizer.RestoreSteps(state.GeneratorUpdates);
        discriminatorStep.Optimizer.RestoreSteps(state.DiscriminatorUpdates);
        MicroBatches.Restore(state.MicroBatches);
    }

    /// <summary>
    /// Takes the weights of networks, but neither optimizers nor progress. Those of a lower final resolution fill the layers up to it; what they lack
    /// (the layers above it, or D beside a generator alone) stays as the seed made it.
    /// </summary>
    /// <exception cref="ArgumentException">They are of an architecture that does not fit.</exception>
    public void InitializeFrom(NetworkSnapshot networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (networks.Architecture.MisfitIn(Options.Architecture) is { } misfit)
            throw new ArgumentException($"the weights are of another architecture: {misfit}");
        bool alone = networks.Discriminator() is null;
        Dictionary<string, HostTensor> tensors = alone
            ? networks.Tensors.SelectMany(t => new[] { t, KeyValuePair.Create(NetworkSnapshot.G + t.Key[NetworkSnapshot.Average.Length..], t.Value) }).ToDictionary()
            : networks.Tensors.ToDictionary();
        CopyTensors(tensors, NetworkTensors().Where(t => tensors.ContainsKey(t.Name)));
        replicas.Follow();
    }

    /// <summary>
    /// Before the first step: makes D's minibatch discrimination fit reals, where it is as the seed made it, as the paper's Theano code does with 500. A
    /// training that is not told of any takes those of its first step. Without such a layer nothing happens.
    /// </summary>
    /// <param name="pixels">Reals [N, C, H, W] as bytes, of the resolution of <see cref="Point"/>; fewer than two are passed by.</param>
    /// <exception cref="ArgumentException">They are no whole images of this resolution.</exception>
    public void Fit(ReadOnlySpan<byte> pixels)
    {
        GrowthStage stage = Point.Stage;
        int size = Options.Architecture.BytesAt(stage.Resolution), count = pixels.Length / size;
        using var scope = NewDisposeScope();
        if (count >= 2)
            discriminator.Fit(RealImages.Prepare(Bytes(pixels, count, stage.Resolution), stage, device), stage);
    }

    /// <summary>
    /// Computes a resolution's minibatches in parts of so many images from now on, rounded down to whole stddev groups; nothing where they are
    /// as small already. The next step at this resolution reports it.
    /// </summary>
    /// <param name="resolution">In pixels.</param>
    /// <param name="images">At least 1, on each device.</param>
    /// <param name="reason">Why, for a person.</param>
    public void LimitMicroBatch(int resolution, int images, string reason) => MicroBatches.Limit(resolution, images, reason);

    /// <summary>
    /// Stage of the last step, which what is kept or drawn of the networks has: the next step's may have layers that nothing has trained. Before the first
    /// step it is that one's.
    /// </summary>
    private GrowthStage TrainedStage => lastStage ?? Point.Stage;

    /// <summary>How minibatches are divided.</summary>
    internal MicroBatches MicroBatches { get; }

    /// <summary>Goes to a point of the schedule without training up to it.</summary>
    internal void JumpTo(double scheduleImages) => Progress = new GrowthProgress(0, scheduleImages, 0, scheduleImages);

    /// <summary>Frees the networks and optimizers.</summary>
    public void Dispose()
    {
        replicas.Dispose();
        average.Dispose();
    }

    /// <summary>What a stage begins with: optimizers forget at both ends of a fade, or at its beginning, where the average may begin anew.</summary>
    private void Enter(GrowthStage stage, GrowthStage last)
    {
        bool grows = stage.Resolution != last.Resolution;
        if (Options.ResetOptimizers && (grows || (Options.ResetAfterFade && stage.IsFading != last.IsFading)))
        {
            generatorStep.Optimizer.Reset();
            discriminatorStep.Optimizer.Reset();
        }
        if (grows && Options.RestartAverage)
            ExponentialMovingAverage.Update(averageParameters, generatorParameters, beta: 0);
    }

    /// <summary>Takes the schedule that the options give with these changes.</summary>
    private void Adopt(TrainingChange changes)
    {
        TrainerOptions options = Given with { Schedule = Given.Schedule.With(changes) };
        options.Validate();
        (Options, schedule, Changes) = (options, GrowthSchedule.Create(options.Schedule), changes);
    }

    /// <summary>A minibatch is read as one piece, and more than one waits. Those that are known to fit stay possible.</summary>
    private string? TooLarge(GrowthSchedule changed, Func<int, int> known)
    {
        foreach (int resolution in changed.Resolutions)
        {
            int minibatch = changed.MinibatchAt(resolution);
            long bytes = (long)minibatch * Given.Architecture.BytesAt(resolution);
            if (bytes > MostBatchBytes && minibatch > known(resolution))
                return $"minibatch {minibatch} at {resolution} px is {bytes >> 20} MiB of pixels, above the {MostBatchBytes >> 20} that are read at once";
        }
        return null;
    }

    private Tensor Bytes(ReadOnlySpan<byte> pixels, int n, int resolution)
    {
        long[] shape = [n, Options.Architecture.Channels, Options.Architecture.HeightAt(resolution), Options.Architecture.WidthAt(resolution)];
        if (pixels.Length != shape.Aggregate((a, b) => a * b))
            throw new ArgumentException($"this step takes {n} images of {shape[1]}x{shape[2]}x{shape[3]} bytes, not {pixels.Length} bytes", nameof(pixels));
        Tensor bytes = empty(shape, dtype: ScalarType.Byte);
        pixels.CopyTo(bytes.bytes);
        return bytes;
    }

    private Tensor? Labels(ReadOnlySpan<float> labels, int n)
    {
        int size = Options.Architecture.LabelSize;
        if (labels.Length != n * size)
            throw new ArgumentException($"this step takes {n} labels of {size} components, not {labels.Length} numbers", nameof(labels));
        return size > 0 ? tensor(labels.ToArray(), [n, size]).to(device) : null;
    }

    private StepMetrics Measure(Tensor critique, float? generatorLoss, SchedulePoint point, int skipped, long started)
    {
        // One copy from the device for all numbers: each copy waits for it.
        float[] host = critique.cpu().data<float>().ToArray();
        int atOnce = MicroBatches.SizeAt(point.Stage.Resolution, point.Minibatch);
        return new StepMetrics
        {
            Images = Progress.Images,
            Stage = point.Stage,
            Minibatch = point.Minibatch,
            MicroBatch = atOnce,
            MicroBatchReduced = atOnce == MicroBatches.ShareOf(point.Minibatch) ? null : MicroBatches.TakeReason(point.Stage.Resolution),
            DiscriminatorLoss = host[0],
            GeneratorLoss = generatorLoss,
            RealScore = host[1],
            FakeScore = host[2],
            GradientNorm = host[3],
            GradientPenalty = host[4],
            LabelLoss = host[5],
            GeneratorLearningRate = point.GeneratorLearningRate,
            DiscriminatorLearningRate = point.DiscriminatorLearningRate,
            SkippedUpdates = skipped,
            Overflowed = discriminatorStep.Overflowed,
            GeneratorLossScale = generatorStep.Scale.Log2,
            DiscriminatorLossScale = discriminatorStep.Scale.Log2,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
    }

    private IEnumerable<(string Name, Tensor Value)> NetworkTensors() =>
        generator.named_parameters().Select(p => ("G/" + p.name, (Tensor)p.parameter))
            .Concat(discriminator.named_parameters().Select(p => ("D/" + p.name, (Tensor)p.parameter)))
            .Concat(average.named_parameters().Select(p => ("G_ema/" + p.name, (Tensor)p.parameter)));

    private IEnumerable<(string Name, Tensor Value)> AllTensors() =>
        NetworkTensors()
            .Concat(generatorStep.Optimizer.State().Select(t => ("G_adam/" + t.Name, t.Value)))
            .Concat(discriminatorStep.Optimizer.State().Select(t => ("D_adam/" + t.Name, t.Value)));

    private static void CopyTensors(IReadOnlyDictionary<string, HostTensor> from, IEnumerable<(string Name, Tensor Value)> to)
    {
        List<(HostTensor From, Tensor To)> pairs = [];
        foreach ((string name, Tensor value) in to)
        {
            if (!from.TryGetValue(name, out HostTensor? tensor))
                throw new ArgumentException($"the checkpoint has no tensor {name}");
            if (!tensor.Shape.AsSpan().SequenceEqual(value.shape))
                throw new ArgumentException($"tensor {name} is [{string.Join(", ", tensor.Shape)}] in the checkpoint, not [{string.Join(", ", value.shape)}]");
            pairs.Add((tensor, value));
        }
        foreach ((HostTensor source, Tensor target) in pairs)
            source.CopyTo(target);
    }
}
