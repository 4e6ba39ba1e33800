using System.Numerics;

namespace Pggan.Model;

/// <summary>Every number of a training. Defaults are the reference's (train.py, loss.py).</summary>
public sealed record TrainerOptions
{
    /// <summary>What the networks are built from.</summary>
    public NetworkArchitecture Architecture { get; init; } = new();

    /// <summary>When they grow, and with which minibatch and learning rates.</summary>
    public GrowthScheduleOptions Schedule { get; init; } = new();

    /// <summary>Seed of every draw.</summary>
    public long Seed { get; init; } = 1000;

    /// <summary>"cpu", "cuda" or "cuda:0"; or several of a kind, as in "cuda:0,cuda:1", that share each minibatch (<see cref="TorchDevice.Names"/>).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>What networks compute with.</summary>
    public Precision Precision { get; init; }

    /// <summary>The game.</summary>
    public AdversarialLoss Loss { get; init; } = AdversarialLoss.WganGp;

    /// <summary>Noise on D.</summary>
    public DiscriminatorNoise DiscriminatorNoise { get; init; } = DiscriminatorNoise.Off;

    /// <summary>Weight of GDPP in G's loss: fakes are to be as diverse as reals to D's last features; 0 = none.</summary>
    public double GdppWeight { get; init; }

    /// <summary>Weight of the gradient penalty: lambda of WGAN-GP, gamma of R1.</summary>
    public double PenaltyWeight { get; init; } = 10;

    /// <summary>Gradient norm that the penalty of WGAN-GP aims at (750 in the paper's CIFAR-10 run).</summary>
    public double PenaltyTarget { get; init; } = 1;

    /// <summary>Image that the gradient penalty differentiates by.</summary>
    public PenaltyScale PenaltyScale { get; init; } = PenaltyScale.Official;

    /// <summary>Weight of the squared score of reals, which keeps scores from drifting off; 0 = none.</summary>
    public double Drift { get; init; } = 0.001;

    /// <summary>Weight of the label loss in both networks' losses (AC-GAN).</summary>
    public double LabelWeight { get; init; } = 1;

    /// <summary>The same in G's loss alone; null = as in D's.</summary>
    public double? GeneratorLabelWeight { get; init; }

    /// <summary>Whose labels D is taught.</summary>
    public LabelLossScope LabelLoss { get; init; }

    /// <summary>
    /// Fakes are asked for each value of an attribute as often, and for each flag every other time, whatever the reals are; off: for labels of the dataset.
    /// </summary>
    public bool EvenLabels { get; init; }

    /// <summary>Values that are rare in the dataset weigh more in the label loss: all / (its images + 1), at most 10, of their mean in a minibatch.</summary>
    public bool BalanceLabels { get; init; }

    /// <summary>Adam's decay of the first moment.</summary>
    public double Beta1 { get; init; }

    /// <summary>Adam's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Added to the root of Adam's second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Generator steps between two readings of the schedule.</summary>
    public int MinibatchRepeats { get; init; } = 4;

    /// <summary>Discriminator steps a generator step.</summary>
    public int DiscriminatorRepeats { get; init; } = 1;

    /// <summary>Both networks learn from the same latents before either moves, as in the paper's CIFAR-10 run; off: G after D.</summary>
    public bool SimultaneousUpdate { get; init; }

    /// <summary>Share of the old average that an update leaves in the average of G.</summary>
    public double EmaBeta { get; init; } = 0.999;

    /// <summary>Half-life of the average of G in thousands of images, whatever the minibatch; 0 = <see cref="EmaBeta"/> decides.</summary>
    public double EmaHalfLifeKimg { get; init; }

    /// <summary>Whose step the average of G is updated after.</summary>
    public AverageAfter AverageAfter { get; init; }

    /// <summary>The average begins anew, as a copy of G, when a resolution comes in.</summary>
    public bool RestartAverage { get; init; }

    /// <summary>Start both optimizers afresh at both ends of each fade.</summary>
    public bool ResetOptimizers { get; init; } = true;

    /// <summary>Off: they start afresh when a resolution comes in, and not at the end of its fade.</summary>
    public bool ResetAfterFade { get; init; } = true;

    /// <summary>Updates in a row of one network without a finite gradient that make a divergence; 0 = never.</summary>
    public int DivergedAfterSkipped { get; init; } = 50;

    /// <summary>Gradient norm, in multiples of <see cref="PenaltyTarget"/>, beyond which a step counts as exploded.</summary>
    public double MaxGradientNorm { get; init; } = 1000;

    /// <summary>Exploded steps in a row that make a divergence; 0 = never.</summary>
    public int DivergedAfterExploded { get; init; } = 100;

    /// <summary>Steps in a row in which D scores reals and fakes alike that make a divergence; 0 = never.</summary>
    public int DivergedAfterCollapsed { get; init; } = 500;

    /// <summary>
    /// Images that a device computes at once, by resolution; no entry = its whole share of the minibatch. Gradients are summed over the parts, so an entry changes
    /// memory and time, and results by rounding alone. Where memory is short a training takes fewer by itself.
    /// </summary>
    public IReadOnlyDictionary<int, int> MicroBatch { get; init; } = new Dictionary<int, int>();

    /// <summary>Checks every number, those of the parts included.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Architecture.Validate();
        int devices = TorchDevice.Names(Device).Count;
        Require(devices == 1 || !NeedsWholeMinibatch, $"{Mixer} looks at the images of a minibatch together, so that {devices} devices can't share them; take one device");
        GrowthSchedule schedule = GrowthSchedule.Create(Schedule);
        Require(Schedule.Resolution == Architecture.Resolution,
            $"the schedule ends at {Schedule.Resolution} px and the network at {Architecture.Resolution} px; they must be the same");
        Require(PenaltyWeight >= 0 && double.IsFinite(PenaltyWeight), $"penalty weight {PenaltyWeight} must be at least 0");
        Require(PenaltyTarget > 0 && double.IsFinite(PenaltyTarget), $"penalty target {PenaltyTarget} must be above 0");
        Require(Drift >= 0 && double.IsFinite(Drift), $"drift {Drift} must be at least 0");
        Require(LabelWeight >= 0 && double.IsFinite(LabelWeight), $"label weight {LabelWeight} must be at least 0");
        Require(GeneratorLabelWeight is null or (>= 0 and < double.PositiveInfinity), $"label weight {GeneratorLabelWeight} of G must be at least 0");
        Require(Beta1 is >= 0 and < 1, $"beta1 {Beta1} must be from 0 to below 1");
        Require(Beta2 is >= 0 and < 1, $"beta2 {Beta2} must be from 0 to below 1");
        Require(Epsilon > 0, $"epsilon {Epsilon} must be above 0");
        Require(MinibatchRepeats >= 1, $"minibatch repeats {MinibatchRepeats} must be at least 1");
        Require(DiscriminatorRepeats >= 1, $"discriminator repeats {DiscriminatorRepeats} must be at least 1");
        Require(!SimultaneousUpdate || DiscriminatorRepeats == 1,
            $"simultaneous updates of both networks need 1 discriminator repeat, not {DiscriminatorRepeats}");
        Require(GdppWeight >= 0 && double.IsFinite(GdppWeight), $"gdpp weight {GdppWeight} must be at least 0");
        Require(Enum.IsDefined(Precision), $"there is no precision {Precision}");
        Require(Enum.IsDefined(Loss), $"there is no loss {Loss}");
        Require(Enum.IsDefined(LabelLoss), $"there is no label loss {LabelLoss}");
        Require(Enum.IsDefined(AverageAfter), $"there is no step {AverageAfter} to update the average after");
        Require(Enum.IsDefined(DiscriminatorNoise), $"there is no noise {DiscriminatorNoise}");
        if (Architecture.Layout == NetworkLayout.Dcgan)
        {
            Require(Schedule.InitialResolution == Schedule.Resolution,
                $"a DCGAN does not grow: its initial resolution must be {Schedule.Resolution}, not {Schedule.InitialResolution}");
            Require(Schedule.InitialAlpha == 1, $"a DCGAN does not grow: its initial alpha must be 1, not {Schedule.InitialAlpha}");
            Require(PenaltyWeight == 0 || Loss is not (AdversarialLoss.WganGp or AdversarialLoss.Logistic),
                "a DCGAN's batch norm mixes the images of a minibatch, so that no image has a gradient of its own to penalise; take another loss or penalty weight 0");
        }
        Require(EmaBeta is >= 0 and < 1, $"ema beta {EmaBeta} must be from 0 to below 1");
        Require(EmaHalfLifeKimg >= 0 && double.IsFinite(EmaHalfLifeKimg), $"ema half-life {EmaHalfLifeKimg} kimg must be at least 0");
        Require(DivergedAfterSkipped >= 0, $"diverged after {DivergedAfterSkipped} skipped updates must be at least 0");
        Require(MaxGradientNorm > 0, $"largest gradient norm {MaxGradientNorm} must be above 0");
        Require(DivergedAfterExploded >= 0, $"diverged after {DivergedAfterExploded} exploded steps must be at least 0");
        Require(DivergedAfterCollapsed >= 0, $"diverged after {DivergedAfterCollapsed} collapsed steps must be at least 0");
        foreach (GrowthPhase phase in schedule.Phases)
        {
            int minibatch = schedule.At(phase.StartImages + 1).Minibatch;
            int group = Math.Min(Architecture.StdDevGroup, minibatch), part = Model.MicroBatch.GroupOf(this, minibatch);
            RequireShares(phase.Resolution, minibatch, minibatch / part, devices);
            Require(minibatch % group == 0 || Architecture.IsOfZoo,
                $"minibatch {minibatch} at {phase.Resolution} px is no multiple of the stddev group {group}; change one of them");
            Require(MicroBatch.GetValueOrDefault(phase.Resolution, part) % part == 0, part == group
                ? $"micro-batch {MicroBatch.GetValueOrDefault(phase.Resolution)} at {phase.Resolution} px is no multiple of the stddev group {group}, which is computed whole"
                : $"micro-batch {MicroBatch.GetValueOrDefault(phase.Resolution)} at {phase.Resolution} px divides a minibatch of {minibatch}, which {Mixer} computes whole");
            Require(Architecture.DiscriminationKernels == 0 || minibatch >= 2,
                $"minibatch discrimination compares images, and the minibatch at {phase.Resolution} px is {minibatch}; take at least 2, or discrimination_kernels=0");
            Require(GdppWeight == 0 || (minibatch >= 2 && minibatch <= Architecture.LastFeatures),
                $"gdpp compares 2 to {Architecture.LastFeatures} images, as many as D's last layer has inputs, and the minibatch at {phase.Resolution} px is {minibatch}");
        }
        foreach ((int resolution, int images) in MicroBatch)
        {
            Require(resolution is >= 4 and <= 4096 && BitOperations.IsPow2(resolution),
                $"resolution {resolution} of a micro-batch must be a power of two from 4 to 4096");
            Require(images >= 1, $"micro-batch {images} at {resolution} px must be at least 1");
        }
    }

    /// <summary>Whether a minibatch can't be computed in parts, because its images are looked at together.</summary>
    internal bool NeedsWholeMinibatch => GdppWeight > 0 || Architecture.NeedsWholeMinibatch;

    /// <summary>Each device takes as many whole groups; the schedule may have rounded or limited the minibatch.</summary>
    private void RequireShares(int resolution, int minibatch, int groups, int devices)
    {
        int given = Schedule.Minibatch.GetValueOrDefault(resolution, Schedule.MinibatchBase), multiple = Architecture.StdDevGroup * devices;
        Require(given % devices == 0 && groups % devices == 0,
            $"minibatch {(given % devices == 0 ? minibatch : given)} at {resolution} px can't be shared by {devices} devices in whole "
            + $"{(Architecture.StdDevGroup > 1 ? $"stddev groups of {Architecture.StdDevGroup}" : "images")}; "
            + $"take a multiple of {multiple}, as in minibatch.{resolution}={multiple}, or other devices");
    }

    private string Mixer => GdppWeight > 0 ? "gdpp" : Architecture.IsOfZoo ? "the stddev of gan-zoo" : Architecture.DiscriminationKernels > 0 ? "minibatch discrimination" : "batch norm";

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
