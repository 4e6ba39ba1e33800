using Akka.Actor;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Carries out the commands that change or show a training, between two of its steps, and answers each once.</summary>
internal sealed class TrainerCommands(
    HeldTraining training, TrainerSaves saves, TrainerReports reports, TrainerPictures pictures, TrainerMemory memory, IActorRef coordinator)
{
    public void CarryOut(TrainerRequest request)
    {
        switch (request.Command)
        {
            case GrowNow grow:
                Reply(request, Grow(grow.Force));
                break;
            case ChangeSettings { Training: { } change }:
                Change(request, change);
                break;
            case TakeSnapshot or DrawSamples when pictures.AreTooMany:
                Reply(request, new CommandRejected($"{TrainerPictures.Most} pictures wait to be drawn already"));
                break;
            case TakeSnapshot:
                pictures.DrawGrid(request.Id);
                break;
            case DrawSamples wish:
                pictures.DrawOther(wish, request.Id);
                break;
            default:
                Reply(request, new CommandRejected($"the trainer does not know {request.Command.GetType().Name}"));
                break;
        }
    }

    private CommandReply Grow(bool force)
    {
        var trainer = training.Trainer;
        var fading = trainer.Schedule.At(trainer.Progress.ScheduleImages).Phase.Kind == GrowthPhaseKind.FadeIn;
        if (!trainer.TryGrow(out var refusal, force))
            return new CommandRejected(fading && !force ? $"{refusal}; to complete the fade now, force it" : refusal!);
        saves.Need();
        reports.Report();
        coordinator.Tell(new GrowthOrdered(training.Images, fading));
        return new CommandAccepted(
            fading ? "the fade is complete with the next group of steps" : "the next resolution comes in with the next group of steps");
    }

    /// <summary>A change is saved at once: what a person has set must not be lost with the images since the last checkpoint.</summary>
    private void Change(TrainerRequest request, TrainingChange change)
    {
        if (!training.Trainer.TryChange(change, out var refusal))
        {
            Reply(request, new CommandRejected(refusal!));
            return;
        }

        memory.Changes = training.Trainer.Changes;
        saves.Need();
        reports.Report();
        saves.SaveWhenDue();
        coordinator.Tell(new Answer(request.Id, new CommandAccepted("from the next step on"), training.Plan));
    }

    private void Reply(TrainerRequest request, CommandReply reply) => coordinator.Tell(new Answer(request.Id, reply));
}
