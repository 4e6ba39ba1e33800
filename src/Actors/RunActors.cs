using System.Threading.Channels;
using Akka.Actor;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>The actors of a run and which of them are gone for good. What is told to one that is not there is lost.</summary>
internal sealed class RunActors
{
    private readonly HashSet<IActorRef> _gone = [];

    public IActorRef Trainer { get; private set; } = ActorRefs.Nobody;

    public IActorRef Pipeline { get; private set; } = ActorRefs.Nobody;

    public IActorRef Checkpoints { get; private set; } = ActorRefs.Nobody;

    public IActorRef Sampler { get; private set; } = ActorRefs.Nobody;

    public IActorRef RunLog { get; private set; } = ActorRefs.Nobody;

    public IActorRef Evaluator { get; private set; } = ActorRefs.Nobody;

    public static string Gone(IActorRef actor) => $"the {actor.Path.Name} actor has stopped";

    /// <summary>Starts the trainer and the actors beside it.</summary>
    public void Start(
        IActorContext context, TrainingSetup setup, RunSettings settings, ChannelReader<ImageBatch> batches, BatchSelector selector)
    {
        RunLog = context.ActorOf(RunLogActor.Props(setup.RunDirectory, setup.Time, setup.Networks), "runlog");
        Checkpoints = context.ActorOf(CheckpointActor.Props(setup, settings.KeepCheckpoints), "checkpoint");
        Sampler = context.ActorOf(SamplerActor.Props(setup, settings.SampleSeed), "sampler");
        Trainer = context.ActorOf(TrainerActor.Props(setup, settings, batches, selector, Checkpoints, Sampler), "trainer");
        context.WatchWith(Trainer, new TrainerStopped());
        if (setup.Evaluation is { } evaluation)
            Evaluator = context.ActorOf(EvaluatorActor.Props(setup, evaluation), "evaluator");
        foreach (var helper in new[] { RunLog, Checkpoints, Sampler, Evaluator })
        {
            if (!helper.IsNobody())
                context.WatchWith(helper, new HelperStopped(helper));
        }
    }

    /// <summary>Starts the stages that fill the channel of batches.</summary>
    public void StartPipeline(IActorContext context, TrainingSetup setup, PipelineContext pipeline, ChannelWriter<ImageBatch> batches)
    {
        Pipeline = context.ActorOf(PipelineSupervisor.Props(pipeline, batches, setup), ActorRoll.Pipeline);
        context.WatchWith(Pipeline, new PipelineStopped());
    }

    /// <summary>Stops the trainer, whose end is nothing to answer.</summary>
    public void StopTrainer(IActorContext context)
    {
        context.Unwatch(Trainer);
        context.Stop(Trainer);
    }

    /// <summary>The same of the pipeline, if there is one.</summary>
    public void StopPipeline(IActorContext context)
    {
        if (Pipeline.IsNobody())
            return;
        context.Unwatch(Pipeline);
        context.Stop(Pipeline);
    }

    public void LoseTrainer() => Trainer = ActorRefs.Nobody;

    public void LosePipeline() => Pipeline = ActorRefs.Nobody;

    public void Lose(IActorRef helper) => _gone.Add(helper);

    public bool IsGone(IActorRef helper) => _gone.Contains(helper);

    /// <summary>Those whose work a run waits for at its end, its log apart.</summary>
    public IEnumerable<IActorRef> Workers() => new[] { Checkpoints, Sampler, Evaluator }.Except([.. _gone, ActorRefs.Nobody]);

    /// <summary>A command of the run itself, which waits for no answer.</summary>
    public void Order(ITrainingCommand command) => Trainer.Tell(new TrainerRequest(TrainerRequest.None, command));
}
