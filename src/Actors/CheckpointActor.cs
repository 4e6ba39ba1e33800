using Akka.Actor;
using Akka.Event;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Writes checkpoints to disk beside the training, one at a time; of those that wait, the newest takes the place of the older ones.</summary>
// Idle     WriteCheckpoint → Writing. FinishWork and AwaitWrites are answered at once.
// Writing  WriteCheckpoint waits; WriteEnded → the waiting one, or Idle. FinishWork and AwaitWrites are answered when nothing is left.
// A restart goes on in the state where the earlier life was.
internal sealed class CheckpointActor : ReceiveActor
{
    private sealed record WriteEnded(WriteCheckpoint Work, string? Path, Exception? Fault) : INoSerializationVerificationNeeded;

    /// <summary>Longest wait for the log: a checkpoint is worth more than a line.</summary>
    private static readonly TimeSpan LogAtMost = TimeSpan.FromSeconds(5);

    /// <summary>What outlives a restart: the last checkpoint of a run may be on it.</summary>
    internal sealed class Desk(TrainingSetup setup, int keep)
    {
        public string Folder { get; } = setup.CheckpointFolder;

        public CheckpointDirectory Directory { get; } = new(setup.CheckpointFolder);

        public bool DiskIsLow { get; set; }

        /// <summary>Read at each save: an evaluation may have come in between.</summary>
        public Retention Retention => new(Keep, setup.KeepOnePerResolution, setup.ScoresToKeepBy());

        public int Keep { private get; set; } = keep;

        public bool IsWriting { get; set; }

        public WriteCheckpoint? Waiting { get; set; }

        public string? Failure { get; set; }

        public IActorRef? Finisher { get; set; }

        public IActorRef? Awaiter { get; set; }
    }

    private readonly Desk _desk;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public CheckpointActor(Desk desk)
    {
        _desk = desk;
        Become(desk.IsWriting ? Writing : Idle);
    }

    public static Props Props(TrainingSetup setup, int keep)
    {
        var desk = new Desk(setup, keep);
        return Akka.Actor.Props.Create(() => new CheckpointActor(desk));
    }

    private void Idle()
    {
        Receive<WriteCheckpoint>(Write);
        Receive<FinishWork>(_ => Sender.Tell(new WorkFinished(_desk.Failure)));
        Receive<AwaitWrites>(_ => Sender.Tell(WritesEnded.Instance));
        Receive<ApplySettings>(change => _desk.Keep = change.Settings.KeepCheckpoints);
    }

    private void Writing()
    {
        // The newer one holds all that the older one does, so it answers for it too.
        Receive<WriteCheckpoint>(work => _desk.Waiting = work with { Requests = [.. _desk.Waiting?.Requests ?? [], .. work.Requests] });
        Receive<WriteEnded>(OnWriteEnded);
        Receive<FinishWork>(_ => _desk.Finisher = Sender);
        Receive<AwaitWrites>(_ => _desk.Awaiter = Sender);
        Receive<ApplySettings>(change => _desk.Keep = change.Settings.KeepCheckpoints);
    }

    private void Write(WriteCheckpoint work)
    {
        var (desk, log, parent) = (_desk, _log, Context.Parent);
        Task.Run(async () =>
        {
            await Task.WhenAny(work.Logged, Task.Delay(LogAtMost));
            TellOfDisk(desk, work.Checkpoint, parent);
            return SaveAndPrune(desk, work.Checkpoint, log);
        })
            .PipeTo(Self, Self, path => new WriteEnded(work, path, null), fault => new WriteEnded(work, null, FaultPolicy.Cause(fault)));
        _desk.IsWriting = true;
        Become(Writing);
    }

    /// <summary>Before it is too late: told once until there is room again.</summary>
    private static void TellOfDisk(Desk desk, Checkpoint checkpoint, IActorRef parent)
    {
        var (free, needed) = (DiskSpace.FreeAt(desk.Folder), CheckpointSize.Of(checkpoint));
        var isLow = free < CheckpointSize.Comfortable * needed;
        if (isLow && !desk.DiskIsLow)
            parent.Tell(new DiskSpaceLow(free!.Value, needed));
        desk.DiskIsLow = isLow;
    }

    private static string SaveAndPrune(Desk desk, Checkpoint checkpoint, ILoggingAdapter log)
    {
        var path = desk.Directory.Save(checkpoint);
        try
        {
            desk.Directory.Prune(desk.Retention);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The new one is safe, and the next save tries again.
            log.Warning("Old checkpoints cannot be deleted: {0}", fault.Message);
        }

        return path;
    }

    private void OnWriteEnded(WriteEnded ended)
    {
        Tell(ended);
        if (_desk.Waiting is { } next)
        {
            _desk.Waiting = null;
            Write(next);
            return;
        }

        _desk.IsWriting = false;
        Become(Idle);
        _desk.Finisher?.Tell(new WorkFinished(_desk.Failure));
        _desk.Finisher = null;
        _desk.Awaiter?.Tell(WritesEnded.Instance);
        _desk.Awaiter = null;
    }

    private void Tell(WriteEnded ended)
    {
        var failure = _desk.Failure = ended.Fault?.Message;
        if (failure is not null)
            _log.Error("The checkpoint cannot be written: {0}", failure);
        Context.Parent.Tell(failure is null
            ? new CheckpointSaved(ended.Path!, ended.Work.Checkpoint.State.Progress.Images)
            : new CheckpointFailed(failure));
        ended.Work.Trainer.Tell(new CheckpointEnded(ended.Work.Checkpoint.State.Progress.Images, Saved: failure is null));
        foreach (var request in ended.Work.Requests)
        {
            Context.Parent.Tell(new Answer(request, failure is null
                ? new CommandAccepted(ended.Path)
                : new CommandRejected($"the checkpoint cannot be written: {failure}")));
        }
    }

    /// <summary>What this life took out of the mailbox is answered, or taken up by the next one.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        switch (message)
        {
            case WriteCheckpoint work:
                Tell(new WriteEnded(work, null, reason));
                break;
            case WriteEnded:
                Self.Tell(message);
                break;
            case AwaitWrites:
                Self.Tell(message, Sender);
                break;
            case FinishWork:
                Sender.Tell(new WorkFinished(reason.Message));
                break;
        }

        base.PreRestart(reason, message);
    }
}
