using System.Threading.Channels;

namespace Pggan.Host;

/// <summary>One client of the <see cref="EventStream"/>: what waits for it, and how it is got rid of.</summary>
/// <param name="missed">What it gets before anything else.</param>
/// <param name="abort">Breaks its connection.</param>
internal sealed class EventClient(IReadOnlyList<byte[]> missed, Action abort)
{
    /// <summary>Most messages that wait for a client.</summary>
    public const int MostWaiting = 256;

    private static readonly byte[] Comment = [.. ":\n\n"u8];

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    /// <summary>Adds a message; false = too many wait.</summary>
    public bool TrySend(byte[] message) => _waiting.Writer.TryWrite(message);

    /// <summary>Nothing more comes.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Breaks the connection, and takes no time of the caller for it.</summary>
    public void CutOff()
    {
        _waiting.Writer.TryComplete();
        ThreadPool.QueueUserWorkItem(_ => abort());
    }

    /// <summary>Writes what comes until nothing more does. A comment now and then shows both sides that the other one is there.</summary>
    /// <exception cref="OperationCanceledException">The connection has ended.</exception>
    public async Task WriteToAsync(Stream body, CancellationToken cancellationToken)
    {
        foreach (byte[] message in missed)
            await body.WriteAsync(message, cancellationToken);
        await body.WriteAsync(Comment, cancellationToken);
        await body.FlushAsync(cancellationToken);
        Task<bool> more = _waiting.Reader.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            try
            {
                if (!await more.WaitAsync(Silence, cancellationToken))
                    return;
                while (_waiting.Reader.TryRead(out byte[]? message))
                    await body.WriteAsync(message, cancellationToken);
                more = _waiting.Reader.WaitToReadAsync(cancellationToken).AsTask();
            }
            catch (TimeoutException)
            {
                await body.WriteAsync(Comment, cancellationToken);
            }
            await body.FlushAsync(cancellationToken);
        }
    }
}
