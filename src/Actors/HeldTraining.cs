using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// The training of one life of the trainer: on the device, or in host memory while the device is released. Knows the place in the data that it
/// stands at, and asks for the batches from there.
/// </summary>
internal sealed class HeldTraining(TrainingSetup setup, BatchSelector selector) : IDisposable
{
    private ProgressiveTrainer? _trainer;
    private long _position;

    public ProgressiveTrainer Trainer => _trainer ?? throw new InvalidOperationException("the trainer is not built");

    /// <summary>The training while the device is released; null while it is not.</summary>
    public Checkpoint? Released { get; private set; }

    public long Images => Trainer.Progress.Images;

    /// <summary>Its length may be changed by hand, and it is the same one all the same.</summary>
    public (GrowthPhaseKind Kind, int Resolution) Phase => (Trainer.Point.Phase.Kind, Trainer.Point.Phase.Resolution);

    public bool IsAtEnd => Trainer.Completed || Images >= setup.StopAtImages;

    public TrainingPlan Plan => new(Trainer.Options.Schedule, Trainer.Schedule.Phases, Trainer.Changes.Mirror ?? setup.Pipeline.Mirror);

    public void Build() => _trainer = setup.TrainerFactory();

    /// <summary>Goes on where a checkpoint was taken.</summary>
    public void Restore(Checkpoint checkpoint)
    {
        Trainer.Restore(checkpoint);
        _position = checkpoint.State.DataPosition;
    }

    /// <summary>
    /// What was set by hand holds at the place that a fault led back to, too. Of what an earlier process has set, that which this one's command
    /// line names anew does not hold.
    /// </summary>
    /// <param name="changes">What earlier lives of this process have set; null = this is the first one.</param>
    /// <param name="refusal">Why it does not hold any more; null when it does.</param>
    /// <returns>Whether something other than what the checkpoint says holds now.</returns>
    public bool HoldChanges(TrainingChange? changes, out string? refusal)
    {
        refusal = null;
        changes ??= Trainer.Changes.Before(setup.GivenSettings, Trainer.Given.Schedule);
        return changes != Trainer.Changes && Trainer.TryHold(changes, out refusal);
    }

    /// <summary>Asks for batches from where training stands; those made before are stale.</summary>
    public void Want() => selector.Want(Trainer.Point.Stage.Resolution, Trainer.Point.Minibatch, _position, Trainer.Changes.Mirror);

    /// <summary>Asks for other batches when the next step needs others.</summary>
    public void Aim()
    {
        var (point, wanted) = (Trainer.Point, selector.Current);
        if (wanted.Resolution != point.Stage.Resolution || wanted.Count != point.Minibatch || wanted.Mirror != Trainer.Changes.Mirror)
            Want();
    }

    public bool IsStale(ImageBatch batch) => batch.Generation != selector.Current.Generation;

    public StepMetrics Step(ImageBatch batch)
    {
        var labels = Trainer.Options.Architecture.LabelSize > 0 ? batch.Labels : []; // a labelled dataset may train an unconditional network
        var step = Trainer.Step(batch.Pixels, labels);
        _position = batch.NextPosition;
        return step;
    }

    public Checkpoint Capture() => Trainer.Capture(_position, setup.Source.Digest);

    /// <summary>Frees the device; <paramref name="captured"/> is the training from now on.</summary>
    public void Release(Checkpoint captured)
    {
        Released = captured;
        Drop();
        HostMemory.Trim();
        DeviceMemory.GiveBack(setup.Device);
    }

    /// <summary>Others may use the device meanwhile, and more of it than is left for the training.</summary>
    public bool TryRegain(out string? refusal)
    {
        refusal = null;
        try
        {
            Build();
            Restore(Released!);
            Released = null;
            return true;
        }
        catch (Exception fault) when (MemoryShortage.Is(fault))
        {
            Drop();
            DeviceMemory.GiveBack(setup.Device);
            refusal = $"the device has no room for the training: {FaultPolicy.ReasonOf(fault)}; resume again when it has";
            return false;
        }
    }

    public void Dispose() => Drop();

    private void Drop()
    {
        _trainer?.Dispose();
        _trainer = null;
    }
}
