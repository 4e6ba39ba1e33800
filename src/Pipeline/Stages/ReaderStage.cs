namespace Pggan.Pipeline;

/// <summary>Reads the images of the ledger's positions and brings them to the wanted shape; images in the cache skip the downsampler.</summary>
public sealed class ReaderStage : IPipelineStage
{
    private const int OthersToTry = 4;

    private readonly PipelineContext _context;
    private readonly PipelineChannels _channels;
    private readonly StageMeter _meter;

    /// <summary>Reader <paramref name="number"/>, from 0.</summary>
    public ReaderStage(PipelineContext context, PipelineChannels channels, int number)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(channels);
        _context = context;
        _channels = channels;
        Name = $"reader-{number}";
        _meter = context.Meter.For(Name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _meter.Start();
        while (true)
        {
            var ticket = await _channels.Ledger.TakeAsync(cancellationToken).ConfigureAwait(false);
            _meter.Waited();
            try
            {
                await DeliverAsync(ticket, cancellationToken).ConfigureAwait(false);
                _meter.CountItem();
            }
            catch (Exception error)
            {
                StageFaults.Return(_context, _channels, ticket, error);
                throw;
            }
        }
    }

    private async ValueTask DeliverAsync(ImageTicket ticket, CancellationToken cancellationToken)
    {
        if (!_context.Skipped.Contains(ticket.Index))
        {
            // What was decoded in an earlier epoch needs neither reading nor the downsampler.
            if (_context.Cache.Find(ticket) is { } cached)
            {
                await PassAsync(cached, cancellationToken).ConfigureAwait(false);
                return;
            }

            try
            {
                var image = await _context.Source.ReadAsync(ticket.Index, cancellationToken).ConfigureAwait(false);
                image = ImageConformer.Conform(image, _context.Options);
                image.Ticket = ticket;
                await PassAsync(image, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (BadImageException bad)
            {
                Skip(ticket, bad.Message);
            }
            catch (IOException error)
            {
                // While another image can be read the source is there, and it is this one that can't be, if it fails again and again.
                if (!await CanReadAnotherAsync(ticket.Index, cancellationToken).ConfigureAwait(false) || !_channels.Ledger.CountCrash(ticket))
                    throw;
                Skip(ticket, $"cannot be read: {error.Message}");
            }
        }

        await PassAsync(ImagePyramid.Gap(ticket), cancellationToken).ConfigureAwait(false);
    }

    private void Skip(ImageTicket ticket, string reason) =>
        _context.Skipped.Add(new SkippedImage(ticket.Index, _context.Source.NameOf(ticket.Index), reason));

    private async ValueTask<bool> CanReadAnotherAsync(int index, CancellationToken cancellationToken)
    {
        for (var other = 1; other <= Math.Min(OthersToTry, _context.Source.Count - 1); other++)
        {
            try
            {
                (await _context.Source.ReadAsync((index + other) % _context.Source.Count, cancellationToken).ConfigureAwait(false)).Dispose();
                return true;
            }
            catch (BadImageException)
            {
                // Neighbours may be bad, too.
            }
            catch (IOException)
            {
                return false;
            }
        }

        return false;
    }

    private async ValueTask PassAsync(PixelBuffer image, CancellationToken cancellationToken)
    {
        _meter.Worked();
        try
        {
            await _channels.Pixels.Writer.WriteAsync(image, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            image.Dispose();
            throw;
        }

        _meter.Blocked();
    }

    private async ValueTask PassAsync(ImagePyramid pyramid, CancellationToken cancellationToken)
    {
        _meter.Worked();
        try
        {
            await _channels.Pyramids.Writer.WriteAsync(pyramid, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            pyramid.Dispose();
            throw;
        }

        _meter.Blocked();
    }
}
