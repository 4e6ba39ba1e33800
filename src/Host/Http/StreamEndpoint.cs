namespace Pggan.Host;

/// <summary>GET /api/stream.</summary>
/// <param name="stream">Of the training of this process; null = none.</param>
internal sealed class StreamEndpoint(EventStream? stream)
{
    /// <summary>Adds the route.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/stream", (HttpContext context, string? last) => Open(context, last))
            .Describe(
                "getStream", "What happens in the live run", "text/event-stream", (200, "Events: status, progress, tick, happened, reset, end"),
                (404, "Nothing is being trained here"), (503, "Too many streams are open"));

    private IResult Open(HttpContext context, string? last)
    {
        if (stream is null)
            return Answers.NotFound("nothing is being trained here, so nothing happens");
        string? after = context.Request.Headers["Last-Event-ID"] is { Count: > 0 } header ? header[0] : last;
        return stream.Join(after, context.Abort) is { } client
            ? Results.Stream(body => SendAsync(stream, client, context, body), "text/event-stream")
            : Answers.Error(StatusCodes.Status503ServiceUnavailable, $"{EventStream.MostClients} streams are open already; close one");
    }

    private static async Task SendAsync(EventStream stream, EventClient client, HttpContext context, Stream body)
    {
        try
        {
            await client.WriteToAsync(body, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // It has gone, or was cut off.
        }
        finally
        {
            stream.Leave(client);
        }
    }
}
