namespace Pggan.Pipeline;

/// <summary>Reads the images of the ledger's positions and brings them to the wanted shape; images in the cache or the store skip the downsampler.</summary>
public sealed class ReaderStage : IPipelineStage
{
    private const int OthersToTry = 16;

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
            // What was decoded before needs neither the source nor the downsampler.
            if ((_context.Cache.Find(ticket) ?? _context.FindInStore(ticket)) is { } ready)
            {
                await PassAsync(ready, cancellationToken).ConfigureAwait(false);
                return;
            }

            if (await ReadAsync(ticket, cancellationToken).ConfigureAwait(false) is { } image)
            {
                await PassAsync(image, cancellationToken).ConfigureAwait(false);
                return;
            }
        }

        await PassAsync(ImagePyramid.Gap(ticket), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The image, or null when it is given up.</summary>
    private async ValueTask<PixelBuffer?> ReadAsync(ImageTicket ticket, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                var image = await _context.Source.ReadAsync(ticket.Index, cancellationToken).ConfigureAwait(false);
                image = ImageConformer.Conform(image, _context.Options);
                image.Ticket = ticket;
                return image;
            }
            catch (BadImageException bad)
            {
                Skip(ticket, bad.Message);
                return null;
            }
            catch (IOException error) when (error is not SourceGoneException)
            {
                // While another image can be read the source is there, perhaps back this very moment: then so is this one.
                if (!await CanReadAnotherAsync(ticket.Index, cancellationToken).ConfigureAwait(false))
                    throw;
                if (!again)
                    continue;

                // A file that is gone stays gone; what else can't be read has its tries.
                if (!IsMissing(error) && !_channels.Ledger.CountCrash(ticket))
                    throw;
                Skip(ticket, $"cannot be read: {error.Message}");
                return null;
            }
        }
    }

    private static bool IsMissing(IOException error) =>
        error is FileNotFoundException or DirectoryNotFoundException || error.InnerException is UnauthorizedAccessException;

    private void Skip(ImageTicket ticket, string reason) =>
        _context.Skipped.Add(new SkippedImage(ticket.Index, _context.Source.NameOf(ticket.Index), reason));

    /// <summary>Tries images from all over the source: neighbours in a folder that is gone are gone together.</summary>
    private async ValueTask<bool> CanReadAnotherAsync(int index, CancellationToken cancellationToken)
    {
        var (count, tries) = (_context.Source.Count, Math.Min(OthersToTry, _context.Source.Count - 1));
        for (var other = 1; other <= tries; other++)
        {
            try
            {
                var place = (int)((index + (long)other * count / (tries + 1)) % count);
                (await _context.Source.ReadAsync(place, cancellationToken).ConfigureAwait(false)).Dispose();
                return true;
            }
            catch (SourceGoneException)
            {
                return false;
            }
            catch (Exception error) when (error is BadImageException or IOException)
            {
                // Others may be bad, too.
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
