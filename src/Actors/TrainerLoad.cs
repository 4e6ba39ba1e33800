using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>Where the time of one life of the trainer goes, as of a stage of the pipeline.</summary>
internal sealed class TrainerLoad(TimeProvider time)
{
    private long _steps;
    private double _busy;
    private double _waited;
    private double _blocked;
    private long? _waitingSince;
    private long? _blockedSince;

    public StageSnapshot Snapshot => new("trainer", _steps, _busy, _waited, _blocked);

    /// <summary>A wait for a batch has begun and not ended.</summary>
    public bool IsWaiting => _waitingSince is not null;

    public void CountStep() => _steps++;

    /// <summary>A step and all that followed from it began then and ends now.</summary>
    public void Worked(long since) => _busy += SecondsSince(since);

    public void BeginWait() => _waitingSince = time.GetTimestamp();

    /// <summary>A batch is there; the seconds that it was waited for.</summary>
    public double EndWait()
    {
        var waited = SecondsSince(_waitingSince!.Value);
        _waitingSince = null;
        _waited += waited;
        return waited;
    }

    /// <summary>The next step waits for the disk.</summary>
    public void Block() => _blockedSince = time.GetTimestamp();

    /// <summary>The disk is waited for no more, if it was.</summary>
    public void Unblock()
    {
        if (_blockedSince is { } since)
            _blocked += SecondsSince(since);
        _blockedSince = null;
    }

    private double SecondsSince(long timestamp) => time.GetElapsedTime(timestamp).TotalSeconds;
}
