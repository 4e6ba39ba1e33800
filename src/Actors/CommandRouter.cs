using Akka.Actor;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Hands each command to the actor that does it, and sees to its one reply.</summary>
internal sealed class CommandRouter(TrainingSetup setup, LiveSettings settings, RunActors actors, StatusBoard board, EventPublisher events)
{
    /// <summary>Most commands on their way to the trainer: one that hangs must not be buried.</summary>
    private const int MostWaiting = 256;

    private readonly Dictionary<long, (IActorRef Asker, ITrainingCommand Command)> _waiting = [];
    private long _requests;
    private string? _refusal;

    /// <summary>What was asked for last, so that it survives a restart of the trainer: a pause, or training.</summary>
    public bool PauseIsWanted { get; private set; } = setup.StartPaused;

    /// <summary>From now on every command is refused.</summary>
    public void Close(string reason) => _refusal = reason;

    public void Route(ITrainingCommand command, IActorRef asker)
    {
        if (_refusal is not null)
            asker.Tell(new CommandRejected(_refusal));
        else if (Draws(command) && actors.IsGone(actors.Sampler))
            asker.Tell(new CommandRejected(RunActors.Gone(actors.Sampler)));
        else if (AskTrainer(command, asker))
            NoteWish(command);
    }

    /// <summary>What the trainer has to agree to is asked of it first: a change holds as a whole or not at all.</summary>
    public void Change(ChangeSettings change, IActorRef asker)
    {
        var refusal = settings.Refusal(change) ?? _refusal ?? TooLarge(change.Training?.Minibatch);
        if (refusal is not null)
            asker.Tell(new CommandRejected(refusal));
        else if (change.Training is not null)
            AskTrainer(change, asker);
        else
            asker.Tell(Commit(change) is { } failure ? new CommandRejected(failure) : new CommandAccepted());
    }

    /// <summary>Passes an answer on to who waits for it.</summary>
    public void Deliver(Answer answer)
    {
        board.Plan = answer.Plan ?? board.Plan;
        if (!_waiting.Remove(answer.Id, out var waiting))
            return;

        // The trainer answers in its order, and may have no room to resume.
        if (answer.Reply is CommandAccepted)
            NoteWish(waiting.Command);
        else if (waiting.Command is ResumeTraining)
            PauseIsWanted = true;
        var unkept = answer.Reply is CommandAccepted && waiting.Command is ChangeSettings change ? Commit(change) : null;
        waiting.Asker.Tell(unkept is null ? answer.Reply : new CommandAccepted($"the training's part holds; {unkept}"));
    }

    /// <summary>Nobody draws any more.</summary>
    public void RejectPictures(string reason)
    {
        foreach (var (id, _) in _waiting.Where(waiting => Draws(waiting.Value.Command)).ToList())
            Deliver(new Answer(id, new CommandRejected(reason)));
    }

    /// <summary>Nobody answers any more.</summary>
    public void RejectAll(string reason)
    {
        foreach (var (asker, _) in _waiting.Values)
            asker.Tell(new CommandRejected(reason));
        _waiting.Clear();
    }

    private static bool Draws(ITrainingCommand command) => command is TakeSnapshot or DrawSamples;

    private void NoteWish(ITrainingCommand command) =>
        PauseIsWanted = command is PauseTraining || (command is not ResumeTraining && PauseIsWanted);

    /// <summary>A trainer that is being restarted finds the command in its mailbox afterwards. False = refused.</summary>
    private bool AskTrainer(ITrainingCommand command, IActorRef asker)
    {
        if (_waiting.Count >= MostWaiting)
        {
            asker.Tell(new CommandRejected($"{MostWaiting} commands wait for the trainer already"));
            return false;
        }

        var id = ++_requests;
        _waiting.Add(id, (asker, command));
        actors.Trainer.Tell(new TrainerRequest(id, command));
        return true;
    }

    /// <summary>Images that are too few for a minibatch would end the run.</summary>
    private string? TooLarge(ResolutionChange<int>? minibatch)
    {
        var usable = setup.Source.Count - board.SkippedImages;
        return minibatch?.Numbers().Append(0).Max() is { } most && most > usable
            ? $"minibatch {most}: the dataset has {usable} usable images"
            : null;
    }

    /// <summary>Takes the run's part of a change; why it cannot be kept, or null. What the trainer has agreed to is told either way.</summary>
    private string? Commit(ChangeSettings change)
    {
        var failure = settings.Take(change);
        if (failure is null)
        {
            foreach (var user in new[] { actors.Trainer, actors.Checkpoints, actors.Sampler })
                user.Tell(new ApplySettings(settings.Now));
        }

        if (failure is null || change.Training is not null)
            events.Publish(new SettingsChanged(settings.Now, change.Training, board.Images));
        return failure;
    }
}
