namespace Pggan.Actors;

/// <summary>The settings of a run as they hold now; those that were changed by hand are kept in its folder.</summary>
internal sealed class LiveSettings(TrainingSetup setup)
{
    private ChangeSettings _byHand = new();

    public RunSettings Now { get; private set; } = RunSettings.Of(setup with { Resume = false }).Settings;

    /// <summary>Goes on with what earlier processes of the run have kept.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public void Read() => (Now, _byHand) = RunSettings.Of(setup);

    /// <summary>Why a change is refused as a whole; null when it is not.</summary>
    public string? Refusal(ChangeSettings change)
    {
        Now.With(change, out var refusal);
        return refusal;
    }

    /// <summary>Makes a change hold; why it cannot be kept and does not, or null.</summary>
    public string? Take(ChangeSettings change)
    {
        var changed = Now.With(change, out var failure);
        var byHand = _byHand.Then(change);
        if (byHand != _byHand)
            failure ??= Keep(byHand);
        if (failure is null)
            (Now, _byHand) = (changed, byHand);
        return failure;
    }

    /// <summary>Writes the settings here and now: a few hundred bytes, at the pace of a person.</summary>
    private string? Keep(ChangeSettings byHand)
    {
        try
        {
            RunSettings.Save(setup, byHand);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"the settings cannot be kept: {fault.Message}";
        }
    }
}
