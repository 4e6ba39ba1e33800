namespace Pggan.Actors;

/// <summary>Lets work beside a training rest after each piece of it, until the training is over.</summary>
/// <param name="share">Share of the time to work, above 0, up to 1.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkPace(double share, TimeProvider time) : IDisposable
{
    /// <summary>Shorter pieces add up before a rest.</summary>
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(10);

    /// <summary>A machine that slept through a piece did not work all the time.</summary>
    private static readonly TimeSpan LongestPiece = TimeSpan.FromMinutes(2);

    private readonly ManualResetEventSlim _free = new(share >= 1);
    private long _since = time.GetTimestamp();

    /// <summary>A piece of work begins now; what lies before it was no work.</summary>
    public void Begin() => _since = time.GetTimestamp();

    /// <summary>Nothing else needs the machine any more.</summary>
    public void Release() => _free.Set();

    /// <summary>How long to rest after the piece of work that ends now.</summary>
    public TimeSpan Rest()
    {
        var worked = time.GetElapsedTime(_since);
        if (_free.IsSet || worked < Piece)
            return TimeSpan.Zero;
        return (worked < LongestPiece ? worked : LongestPiece) * (1 / share - 1);
    }

    /// <summary>Rests for as long as the last piece of work demands.</summary>
    /// <exception cref="OperationCanceledException">The work is to end.</exception>
    public void Between(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var rest = Rest();
        if (rest == TimeSpan.Zero)
            return;
        _free.Wait(rest, cancellationToken);
        Begin();
    }

    public void Dispose() => _free.Dispose();
}
