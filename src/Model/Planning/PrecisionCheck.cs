using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>
/// Finds out before a training whether a device can do it in its precision: libtorch has not every operation for every type on every device, and says so only
/// when it comes to one.
/// </summary>
public static class PrecisionCheck
{
    private const int Resolution = 8; // with a fade, and a DCGAN has no lower one
    private const int Features = 8;
    private const int Minibatch = 4;

    /// <summary>Takes a step of a tiny training of the same kind, in a few tenths of a second; nothing in fp32.</summary>
    /// <param name="options">The training.</param>
    /// <exception cref="ArgumentException">The device can't compute in this precision; the message says what to do.</exception>
    public static void Run(TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Precision == Precision.Fp32)
            return;
        foreach (string device in TorchDevice.Names(options.Device).Distinct())
            Try(options.Precision, device, () => TakeStep(options with { Device = device }));
        if (TorchDevice.First(TorchDevice.Resolve(options.Device)) == "cpu" && !CpuConvolutions.AreSoundIn(options.Precision))
            throw Refusal(options.Precision, "libtorch's convolutions are wrong");
    }

    /// <summary>Does what may be beyond a device.</summary>
    internal static void Try(Precision precision, string device, Action step)
    {
        try
        {
            step();
        }
        catch (ExternalException e) when (!MemoryShortage.Is(e))
        {
            throw Refusal(precision, e.Message.Split('\n')[0].TrimEnd('.'), device, e);
        }
    }

    private static ArgumentException Refusal(Precision precision, string why, string device = "cpu", Exception? cause = null)
    {
        string name = precision.ToString().ToLowerInvariant();
        return new ArgumentException($"{device} can't train in precision {name}: {why}; take precision fp32, or another device", cause);
    }

    /// <summary>In a fade, with everything that the training does but for noise on D, which has no strength at the start.</summary>
    private static void TakeStep(TrainerOptions options)
    {
        NetworkArchitecture architecture = options.Architecture;
        bool grows = architecture.Layout != NetworkLayout.Dcgan;
        using ProgressiveTrainer trainer = new(
            options with
            {
                Architecture = architecture with
                {
                    Resolution = Resolution,
                    LatentSize = Features,
                    FeatureMapList = null,
                    FmapDecay = 1,
                    FmapBase = Features * Resolution,
                    FmapMax = Features,
                    StdDevGroup = architecture.StdDevGroup > 1 ? Minibatch : 1,
                },
                Schedule = new GrowthScheduleOptions
                {
                    Resolution = Resolution,
                    InitialResolution = grows ? 4 : Resolution,
                    TrainKimg = 1,
                    FadeKimg = 1,
                    TotalKimg = 10,
                    MinibatchBase = Minibatch,
                },
                MicroBatch = new Dictionary<int, int>(),
                DiscriminatorRepeats = 1,
                DivergedAfterSkipped = 0,
                DivergedAfterExploded = 0,
                DivergedAfterCollapsed = 0,
            },
            new LabelTable(1, architecture.LabelSize, (_, label) => label.Clear()));
        if (grows)
            trainer.JumpTo(trainer.Schedule.Phases.First(phase => phase.Kind == GrowthPhaseKind.FadeIn).StartImages + 1);
        byte[] pixels = new byte[Minibatch * architecture.BytesAt(trainer.Point.Stage.Resolution)];
        trainer.Step(pixels, new float[Minibatch * architecture.LabelSize]);
    }
}
