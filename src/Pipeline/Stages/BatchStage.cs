using System.Numerics;
using System.Threading.Channels;

namespace Pggan.Pipeline;

/// <summary>
/// Puts the images back into the order of the run and assembles batches as the trainer wants them: the next good images from the request's
/// position on, whatever the number and timing of the stages before.
/// </summary>
public sealed class BatchStage : IPipelineStage
{
    private readonly PipelineContext _context;
    private readonly PipelineChannels _channels;
    private readonly ChannelWriter<ImageBatch> _output;
    private readonly StageMeter _meter;

    // Images that arrived before their turn; the ledger's limit on open positions bounds them. Touched by one run at a time.
    private readonly Dictionary<long, ImagePyramid> _early = [];

    /// <summary>The one batch stage of a pipeline.</summary>
    /// <param name="context">Shared by all stages.</param>
    /// <param name="channels">The inner channels.</param>
    /// <param name="output">The outer channel, never completed here; once its owner completes it, the run ends.</param>
    public BatchStage(PipelineContext context, PipelineChannels channels, ChannelWriter<ImageBatch> output)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentNullException.ThrowIfNull(output);
        _context = context;
        _channels = channels;
        _output = output;
        Name = "batcher";
        _meter = context.Meter.For(Name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="DatasetUnusableException">The good images cannot fill a minibatch.</exception>
    /// <exception cref="InvalidOperationException">A resolution is wanted that the images do not have.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _meter.Start();
        var request = _context.Selector.Current;
        var next = _context.NextPosition(request);
        try
        {
            // Another position than the ledger's happens when the request changed before this run began.
            if (!_channels.Ledger.StartsAt(next))
                _channels.Ledger.Rewind(next);

            while (true)
            {
                // A new request: what was read ahead belongs to the old one.
                if (_context.Selector.Current is var wanted && wanted.Generation != request.Generation)
                {
                    request = wanted;
                    next = request.Position;
                    Restart(next);
                }

                if (request.Resolution > _context.Options.Resolution || !BitOperations.IsPow2(request.Resolution))
                    throw new InvalidOperationException($"there is no level of {request.Resolution} pixels below {_context.Options.Resolution}");
                _context.RequireEnough(request.Count);
                var batch = await AssembleAsync(request, next, cancellationToken).ConfigureAwait(false);
                if (batch is null)
                    continue;

                next = batch.NextPosition;
                _meter.Worked();
                if (!await DeliverAsync(batch, cancellationToken).ConfigureAwait(false))
                    return;
                _meter.Blocked();
            }
        }
        finally
        {
            // The images in hand and in waiting are read again by the next run.
            Restart(_context.NextPosition(request));
        }
    }

    /// <summary>A full batch, or null when another one is wanted meanwhile.</summary>
    private async ValueTask<ImageBatch?> AssembleAsync(BatchRequest request, long first, CancellationToken cancellationToken)
    {
        var batch = new ImageBatch(request, _context.Options.Base, _context.Options.Channels, _context.Source.LabelSize, first);
        try
        {
            for (var filled = 0; filled < batch.Count;)
            {
                using var pyramid = await TakeAsync(batch.NextPosition, request, cancellationToken).ConfigureAwait(false);
                if (pyramid is null)
                {
                    batch.Dispose();
                    return null;
                }

                batch.NextPosition++;
                if (pyramid.IsGap)
                    _context.RequireEnough(request.Count);
                else
                    Copy(pyramid, batch, filled++);
                _channels.Ledger.Close(pyramid.Ticket);
            }

            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>The pyramid of one position, or null when another request is waiting.</summary>
    private async ValueTask<ImagePyramid?> TakeAsync(long position, BatchRequest request, CancellationToken cancellationToken)
    {
        while (_context.Selector.Current.Generation == request.Generation)
        {
            if (_early.Remove(position, out var pyramid))
                return pyramid;

            _meter.Worked();
            var arrived = await _channels.Pyramids.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            _meter.Waited();

            // A store gives the levels up to the one that was wanted then: the request may have changed since, before this run began.
            var isTooSmall = !arrived.IsGap && arrived.Resolution < request.Resolution;
            if (isTooSmall)
                _channels.Ledger.Return(arrived.Ticket);
            if (isTooSmall || !_channels.Ledger.IsCurrent(arrived.Ticket) || !_early.TryAdd(arrived.Ticket.Position, arrived))
                arrived.Dispose();
        }

        return null;
    }

    private void Copy(ImagePyramid pyramid, ImageBatch batch, int place)
    {
        var ticket = pyramid.Ticket;
        try
        {
            var level = pyramid.Level(batch.Resolution);
            var target = batch.WritablePixels.Slice(place * level.Length, level.Length);
            level.CopyTo(target);
            if ((batch.Mirror ?? _context.Options.Mirror) && _context.Order.IsMirrored(ticket.Position))
            {
                for (var row = 0; row < target.Length; row += batch.Width)
                    target.Slice(row, batch.Width).Reverse();
            }

            if (batch.LabelSize > 0)
                _context.Source.CopyLabel(ticket.Index, batch.WritableLabels.Slice(place * batch.LabelSize, batch.LabelSize));
        }
        catch (Exception error)
        {
            StageFaults.Count(_context, _channels, ticket, error);
            throw;
        }
    }

    /// <summary>Gives the batch away; false when nobody takes batches any more.</summary>
    private async ValueTask<bool> DeliverAsync(ImageBatch batch, CancellationToken cancellationToken)
    {
        var delivered = false;
        try
        {
            while (true)
            {
                switch (_context.TryDeliver(_channels.Lease, batch, _output))
                {
                    case PipelineContext.Delivery.Done:
                        delivered = true;
                        _meter.CountItem();
                        return true;
                    case PipelineContext.Delivery.Stale:
                        return true;
                    case PipelineContext.Delivery.Superseded:
                        return false;
                    default:
                        if (!await _output.WaitToWriteAsync(cancellationToken).ConfigureAwait(false))
                            return false;
                        break;
                }
            }
        }
        finally
        {
            if (!delivered)
                batch.Dispose();
        }
    }

    private void Restart(long position)
    {
        foreach (var pyramid in _early.Values)
            pyramid.Dispose();
        _early.Clear();
        _channels.Ledger.Rewind(position);
    }
}
