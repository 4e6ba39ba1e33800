using System.Runtime.InteropServices;
using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>What follows from a fault: pure functions, so that the table of faults can be read and tested as one.</summary>
internal static class FaultPolicy
{
    /// <summary>Default of <see cref="FaultLimits.Restarts"/>.</summary>
    public const int Restarts = 3;

    /// <summary>Default of <see cref="FaultLimits.StageRestarts"/>.</summary>
    public const int StageRestarts = 5;

    /// <summary>Default of <see cref="FaultLimits.RestartWindow"/>.</summary>
    public static TimeSpan RestartWindow { get; } = TimeSpan.FromHours(1);

    /// <summary>Default of <see cref="FaultLimits.StageRestartWindow"/>.</summary>
    public static TimeSpan StageRestartWindow { get; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For the trainer, the pipeline and the actors beside them. Building an actor again does not help where building it failed, nor where
    /// the process's CUDA context or the dataset is gone.
    /// </summary>
    public static Directive ForChild(Exception fault) => fault switch
    {
        ActorInitializationException => Directive.Stop,

        // The machine's memory, unlike a device's, may be short for a while because of others.
        _ when Cause(fault) is ExternalException error && MemoryShortage.Is(error) && !IsCuda(error) => Directive.Restart,
        _ when KindOf(fault) is FailureKind.DeviceLost or FailureKind.DataUnusable or FailureKind.Configuration => Directive.Stop,
        _ => Directive.Restart,
    };

    /// <summary>For a pipeline stage: an unusable dataset ends the run, and anything else may pass.</summary>
    public static Directive ForStage(Exception fault) => fault switch
    {
        _ when Cause(fault) is DatasetUnusableException => Directive.Escalate,
        ActorInitializationException => Directive.Stop,
        _ => Directive.Restart,
    };

    /// <summary>What a fault that ends the run means for its user.</summary>
    public static FailureKind KindOf(Exception fault) => Cause(fault) switch
    {
        // Options and checkpoint are checked where an actor is built; the same exception later is a defect.
        ArgumentException or InvalidDataException when fault is ActorInitializationException => FailureKind.Configuration,
        CheckpointDamagedException => FailureKind.Configuration,
        TrainingDivergedException => FailureKind.Diverged,
        DatasetUnusableException => FailureKind.DataUnusable,

        // Out of memory leaves the context whole, but the same step needs the same memory again, and it is in the smallest parts already.
        ExternalException error when MemoryShortage.Is(error) => FailureKind.Configuration,
        ExternalException error when IsCuda(error) => FailureKind.DeviceLost,
        _ => FailureKind.Defect,
    };

    /// <summary>The fault without Akka's wrapping.</summary>
    public static Exception Cause(Exception fault)
    {
        while (fault is ActorInitializationException or AggregateException or System.Reflection.TargetInvocationException
            && fault.InnerException is { } inner)
            fault = inner;
        return fault;
    }

    /// <summary>
    /// Why, as one line for a person. What libtorch says goes on with a stack of C++ frames, for which there is the log; other messages are ours
    /// or .NET's, and every line of theirs counts.
    /// </summary>
    public static string ReasonOf(Exception fault) => Cause(fault) switch
    {
        ExternalException native => native.Message.Split('\n')[0].Trim(),
        var cause => cause.Message.ReplaceLineEndings(" "),
    };

    private static bool IsCuda(ExternalException error) =>
        error.Message.Contains("CUDA", StringComparison.OrdinalIgnoreCase) || error.Message.Contains("cuDNN", StringComparison.OrdinalIgnoreCase)
        || error.Message.Contains("cuBLAS", StringComparison.OrdinalIgnoreCase);
}
