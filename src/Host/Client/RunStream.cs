using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Pggan.Host;

/// <summary>The events of a training up to its end. A connection that breaks is made again and goes on after the last event read.</summary>
/// <param name="client">To the training.</param>
/// <param name="patience">How long a training that does not answer is tried again.</param>
/// <param name="onBroken">Told once each time the connection has broken.</param>
internal sealed class RunStream(RunClient client, TimeSpan patience, Action onBroken)
{
    /// <summary>Sent last; nothing follows.</summary>
    public const string End = "end";

    /// <summary>The status comes every second: a connection this long without any event is none.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>How long a training may be away before watching it ends.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The events, <see cref="End"/> included.</summary>
    /// <exception cref="UserException">It is refused, or the training does not answer any more.</exception>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        while (true)
        {
            using HttpResponseMessage response = await ConnectAsync(last, cancellationToken);
            using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            SseParser<string> parser = SseParser.Create(stream);
            await using IAsyncEnumerator<SseItem<string>> items = parser.EnumerateAsync(silence.Token).GetAsyncEnumerator(silence.Token);
            while (await MoveNextAsync(items, silence, cancellationToken))
            {
                yield return items.Current;
                if (items.Current.EventType == End)
                    yield break;
                last = parser.LastEventId is { Length: > 0 } id ? id : last;
            }
            onBroken();
            await Task.Delay(FirstPause, cancellationToken);
        }
    }

    /// <summary>False where the connection has ended, however it did.</summary>
    private static async Task<bool> MoveNextAsync(IAsyncEnumerator<SseItem<string>> items, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        try
        {
            silence.CancelAfter(LongestSilence);
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> ConnectAsync(string? last, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        for (long began = Environment.TickCount64; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await client.OpenStreamAsync(last, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (Environment.TickCount64 - began > patience.TotalMilliseconds)
                    throw new UserException(LiveRuns.NoLongerAnswers(client.Endpoint), ExitCodes.Usage, e);
            }
            await Task.Delay(pause, cancellationToken);
            client.Renew();
        }
    }
}
