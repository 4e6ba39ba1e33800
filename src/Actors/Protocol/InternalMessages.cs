using Akka.Actor;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>A command on its way to the actor that does it. <see cref="None"/> as the id: nobody waits for the answer.</summary>
internal sealed record TrainerRequest(long Id, ITrainingCommand Command) : INoSerializationVerificationNeeded
{
    public const long None = 0;
}

/// <summary>The answer to a request, to the coordinator, which knows who asked.</summary>
/// <param name="Id">Of the request.</param>
/// <param name="Reply">For whoever asked.</param>
/// <param name="Plan">What holds from now on, when the request changed it.</param>
internal sealed record Answer(long Id, CommandReply Reply, TrainingPlan? Plan = null) : INoSerializationVerificationNeeded;

/// <summary>A trainer is built, stands paused, and wants batches of its selector's newest request.</summary>
internal sealed record TrainerReady(TrainingProgressed At, long? Checkpoint, TrainingPlan Plan) : INoSerializationVerificationNeeded;

/// <summary>The trainer took its last step and handed its last checkpoint over.</summary>
internal sealed record TrainerEnded(bool Completed) : INoSerializationVerificationNeeded;

/// <summary>The trainer is gone for good.</summary>
internal sealed record TrainerStopped : INoSerializationVerificationNeeded;

/// <summary>The checkpoint, sampler or log actor is gone for good.</summary>
internal sealed record HelperStopped(IActorRef Helper) : INoSerializationVerificationNeeded;

/// <summary>The pipeline is gone for good.</summary>
internal sealed record PipelineStopped : INoSerializationVerificationNeeded;

/// <summary>A pipeline stage runs, for the first time or again.</summary>
internal sealed record StageStarted(string Name) : INoSerializationVerificationNeeded;

/// <summary>A pipeline stage is gone for good.</summary>
internal sealed record StageStopped(string Name) : INoSerializationVerificationNeeded;

/// <summary>A run of a pipeline stage failed; its supervisor decides what follows.</summary>
internal sealed record StageFailed(string Name, string Reason) : INoSerializationVerificationNeeded;

/// <summary>Write this, answer these requests when it is on disk, and tell the trainer <see cref="CheckpointEnded"/>.</summary>
/// <param name="Checkpoint">What to write.</param>
/// <param name="Requests">Whose answer it is.</param>
/// <param name="Logged">Ends when the log has what led to it: what a resumed run does not train again must be in the log.</param>
/// <param name="Trainer">Whose state it is.</param>
internal sealed record WriteCheckpoint(Checkpoint Checkpoint, IReadOnlyList<long> Requests, Task Logged, IActorRef Trainer) : INoSerializationVerificationNeeded;

/// <summary>The checkpoint of so many images, and every earlier one, is on disk or has failed.</summary>
internal sealed record CheckpointEnded(long Images, bool Saved) : INoSerializationVerificationNeeded;

/// <summary>Say when all that came before is written.</summary>
/// <param name="Logged">Ends then.</param>
/// <param name="Weights">Whose histograms are to be written too; null = none.</param>
internal sealed record LogMark(TaskCompletionSource Logged, Checkpoint? Weights) : INoSerializationVerificationNeeded;

/// <summary>Answer with <see cref="WritesEnded"/> when no checkpoint is being written or waits for it.</summary>
internal sealed record AwaitWrites : INoSerializationVerificationNeeded
{
    public static AwaitWrites Instance { get; } = new();
}

/// <summary>No checkpoint is on its way to disk.</summary>
internal sealed record WritesEnded : INoSerializationVerificationNeeded
{
    public static WritesEnded Instance { get; } = new();
}

/// <summary>The log is where the training is: the life that is ready there may carry out commands.</summary>
internal sealed record BeginLife(TrainerReady Life) : INoSerializationVerificationNeeded;

/// <summary>Draw the run's fixed grid.</summary>
internal sealed record DrawFixedGrid(GeneratorSnapshot Snapshot, long Request) : INoSerializationVerificationNeeded;

/// <summary>Draw other images.</summary>
internal sealed record DrawOther(GeneratorSnapshot Snapshot, DrawSamples Wish, long Request) : INoSerializationVerificationNeeded;

/// <summary>A picture that the receiver had asked for is drawn, or cannot be.</summary>
internal sealed record PictureEnded : INoSerializationVerificationNeeded
{
    public static PictureEnded Instance { get; } = new();
}

/// <summary>Measure this checkpoint.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Images">Images seen.</param>
internal sealed record EvaluateCheckpoint(string Path, long Images) : INoSerializationVerificationNeeded;

/// <summary>What is being done and what waits of more images than these is of no use any more: they are trained again.</summary>
internal sealed record AbandonWork(long From) : INoSerializationVerificationNeeded;

/// <summary>The end does not wait for work like this.</summary>
internal sealed record DropWork : INoSerializationVerificationNeeded
{
    public static DropWork Instance { get; } = new();
}

/// <summary>Give back the memory that drawing takes on the device.</summary>
internal sealed record ReleaseDevice : INoSerializationVerificationNeeded
{
    public static ReleaseDevice Instance { get; } = new();
}

/// <summary>The device may be used again.</summary>
internal sealed record TakeDevice : INoSerializationVerificationNeeded
{
    public static TakeDevice Instance { get; } = new();
}

/// <summary>These settings hold from now on.</summary>
internal sealed record ApplySettings(RunSettings Settings) : INoSerializationVerificationNeeded;

/// <summary>Answer with <see cref="WorkFinished"/> when all that was asked before is done.</summary>
internal sealed record FinishWork : INoSerializationVerificationNeeded
{
    public static FinishWork Instance { get; } = new();
}

/// <summary>All work is done; the failure of the last piece of it, or null.</summary>
internal sealed record WorkFinished(string? Failure) : INoSerializationVerificationNeeded;

/// <summary>The trainer stands at so many images: forget what was logged past them.</summary>
internal sealed record RewindLog(long Images) : INoSerializationVerificationNeeded;

/// <summary>The last tick that the log still holds, and the seconds of the run up to it.</summary>
internal sealed record LogRewound(int Tick, double Elapsed) : INoSerializationVerificationNeeded;
