namespace Pggan.Pipeline;

/// <summary>
/// Hands out the positions of the endless order to readers, few at a time, and takes back those that a stage could not finish. Thread-safe.
/// </summary>
/// <remarks>
/// A position is open from <see cref="TakeAsync"/> until the batch stage closes it. Returned positions go out again before new ones, so the
/// position that the batch stage waits for is always on its way: the limit on open positions bounds the re-ordering and cannot block it.
/// </remarks>
public sealed class ReadLedger
{
    /// <summary>A position whose stage crashed this often is given up.</summary>
    public const int CrashLimit = 3;

    private readonly Lock _gate = new();
    private readonly ImageOrder _order;
    private readonly int _limit;
    private readonly PriorityQueue<long, long> _returned = new();
    private readonly Dictionary<long, int> _crashes = [];
    private TaskCompletionSource? _changed;
    private long _next;
    private int _open;
    private int _generation;
    private long _start;

    /// <summary>A ledger that begins at a position.</summary>
    public ReadLedger(ImageOrder order, int imagesInFlight, long position)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(imagesInFlight);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        _order = order;
        _limit = imagesInFlight;
        _next = position;
        _start = position;
    }

    /// <summary>The highest position handed out so far, plus one.</summary>
    public long HighWater
    {
        get
        {
            lock (_gate)
                return _next;
        }
    }

    /// <summary>The next position to read, waiting while too many are open.</summary>
    internal async ValueTask<ImageTicket> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task changed;
            lock (_gate)
            {
                if (_open < _limit)
                {
                    _open++;
                    var position = _returned.Count > 0 ? _returned.Dequeue() : _next++;
                    return new ImageTicket(position, _order.IndexAt(position), _generation);
                }

                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the last rewind, or the beginning, was at this position and no position has been closed since.</summary>
    internal bool StartsAt(long position)
    {
        lock (_gate)
            return _start == position;
    }

    /// <summary>Whether the ticket was handed out since the last rewind.</summary>
    internal bool IsCurrent(ImageTicket ticket)
    {
        lock (_gate)
            return ticket.Generation == _generation;
    }

    /// <summary>Takes back a position that a stage did not finish.</summary>
    internal void Return(ImageTicket ticket)
    {
        lock (_gate)
        {
            if (ticket.Generation != _generation)
                return;
            _returned.Enqueue(ticket.Position, ticket.Position);
            Free();
        }
    }

    /// <summary>Notes that a stage crashed on a position; true when it is time to give that image up.</summary>
    internal bool CountCrash(ImageTicket ticket)
    {
        lock (_gate)
        {
            var crashes = _crashes.GetValueOrDefault(ticket.Position) + 1;
            _crashes[ticket.Position] = crashes;
            return crashes >= CrashLimit;
        }
    }

    /// <summary>Closes a position whose image is in a batch, or is passed by.</summary>
    internal void Close(ImageTicket ticket)
    {
        lock (_gate)
        {
            if (ticket.Generation != _generation)
                return;
            _crashes.Remove(ticket.Position);
            _start = -1;
            Free();
        }
    }

    /// <summary>Starts again at a position; every ticket handed out before is void.</summary>
    internal void Rewind(long position)
    {
        lock (_gate)
        {
            _generation++;
            _returned.Clear();
            _next = position;
            _start = position;
            _open = 1;
            Free();
        }
    }

    private void Free()
    {
        _open--;
        _changed?.TrySetResult();
        _changed = null;
    }
}
