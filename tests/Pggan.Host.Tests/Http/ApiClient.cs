using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>Talks to a server as a program does.</summary>
internal sealed class ApiClient(string url, string? token) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 100 }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request; the answer's body is not read yet.</summary>
    public Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    /// <summary>Sends a request; status and body of the answer.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body)> AskAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage answer = await SendAsync(method, path, body, headers);
        string text = await answer.Content.ReadAsStringAsync(Cancel);
        return (answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>Opens the stream of events.</summary>
    /// <param name="after">Last-Event-ID; null = none.</param>
    public async Task<EventReader> ListenAsync(string? after = null)
    {
        HttpResponseMessage answer = await SendAsync("GET", "/api/stream", null, after is null ? [] : [("Last-Event-ID", after)]);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new EventReader(answer, await answer.Content.ReadAsStreamAsync(Cancel));
    }
}
