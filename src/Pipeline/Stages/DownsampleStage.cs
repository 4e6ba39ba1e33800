namespace Pggan.Pipeline;

/// <summary>Builds the pyramid of each image, and offers it to the store or the cache.</summary>
public sealed class DownsampleStage : IPipelineStage
{
    private readonly PipelineContext _context;
    private readonly PipelineChannels _channels;
    private readonly StageMeter _meter;

    /// <summary>Downsampler <paramref name="number"/>, from 0.</summary>
    public DownsampleStage(PipelineContext context, PipelineChannels channels, int number)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(channels);
        _context = context;
        _channels = channels;
        Name = $"downsampler-{number}";
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
            using var image = await _channels.Pixels.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            _meter.Waited();

            // Read before a rewind: nobody waits for it.
            if (!_channels.Ledger.IsCurrent(image.Ticket))
                continue;

            ImagePyramid? pyramid = null;
            try
            {
                pyramid = ImagePyramid.Build(image, _context.Options.Resolution, _context.Options.Base);
                _context.Keep(pyramid);
                _meter.Worked();
                await _channels.Pyramids.Writer.WriteAsync(pyramid, cancellationToken).ConfigureAwait(false);
                _meter.Blocked();
                _meter.CountItem();
            }
            catch (Exception error)
            {
                pyramid?.Dispose();
                StageFaults.Return(_context, _channels, image.Ticket, error);
                throw;
            }
        }
    }
}
