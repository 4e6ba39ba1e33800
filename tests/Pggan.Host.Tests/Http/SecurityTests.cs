using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Pggan.Host.Tests;

/// <summary>Who gets an answer.</summary>
public sealed class SecurityTests
{
    private static readonly string[] Paths = ["/", "/health", "/metrics", "/openapi.json", "/api/status", "/api/stream", "/api/control/stop", "/api/settings", "/api/samples", "/nowhere", "/api/nowhere"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task Without_the_token_nothing_is_answered_on_any_method_or_path(string method)
    {
        await using IdleServer server = await IdleServer.StartAsync();
        string token = server.Token;
        string[] wrong = ["", "Bearer", "Bearer ", $"Bearer {token}x", $"Bearer {token[..^1]}", $"Basic {token}", token];
        using ApiClient stranger = new(server.Url, null);
        foreach (string path in Paths.Where(p => p != "/"))
        {
            foreach (string shown in method == "GET" ? wrong : ["Bearer wrong"])
            {
                using HttpResponseMessage answer = await stranger.SendAsync(method, $"{path}?token={token}&access_token={token}", null, shown.Length > 0 ? [("Authorization", shown)] : []);
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} '{shown}': {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task With_the_token_a_route_that_is_not_there_is_404_and_another_method_405()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.AskAsync("GET", "/api/nowhere")).Status);
        var (status, body) = await server.Client.AskAsync("DELETE", "/health");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.NotNull(body!["error"]);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost:8000", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("gpu.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("10.0.0.1", false)]
    public async Task Only_the_servers_own_names_are_answered(string host, bool isOurs)
    {
        await using IdleServer server = await IdleServer.StartAsync(o => o with { AllowedHosts = ["gpu.example"] });
        var (status, _) = await server.Client.AskAsync("GET", "/health", null, ("Host", host));
        Assert.Equal(isOurs ? HttpStatusCode.OK : HttpStatusCode.MisdirectedRequest, status);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Origin", "HERE", true)]
    [InlineData("Origin", "http://127.0.0.1:1", false)]
    [InlineData("Origin", "https://evil.example", false)]
    [InlineData("Origin", "null", false)]
    public async Task Pages_of_elsewhere_are_refused_even_with_the_token(string name, string value, bool isWelcome)
    {
        await using IdleServer server = await IdleServer.StartAsync();
        foreach ((string method, string path) in new[] { ("GET", "/health"), ("GET", "/api/status"), ("POST", "/api/control/stop"), ("OPTIONS", "/api/settings") })
        {
            using HttpResponseMessage answer = await server.Client.SendAsync(method, path, null, (name, value == "HERE" ? server.Url : value));
            Assert.True(isWelcome == (answer.StatusCode != HttpStatusCode.Forbidden), $"{method} {path}: {answer.StatusCode}");
            Assert.DoesNotContain(answer.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Every_answer_carries_the_headers_that_keep_it_where_it_belongs()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        using ApiClient stranger = new(server.Url, null);
        foreach (ApiClient client in new[] { server.Client, stranger })
        {
            using HttpResponseMessage answer = await client.SendAsync("GET", "/health");
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
            Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
            Assert.Empty(answer.Headers.Server);
        }
    }

    [Fact]
    public async Task A_large_body_is_refused_whether_it_says_so_or_not()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        string large = new('x', RequestGuard.MostBodyBytes + 1);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await server.Client.AskAsync("PATCH", "/api/settings", large)).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await server.Client.AskAsync("POST", "/api/control/resume", large, ("Transfer-Encoding", "chunked"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.AskAsync("PATCH", "/api/settings", large[2..])).Status);
    }

    [Fact]
    public async Task Two_hundred_requests_at_once_are_answered_and_many_more_are_not()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        using ApiClient stranger = new(server.Url, null);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => stranger.AskAsync("GET", "/health")));
        Assert.Contains(guesses, g => g.Status == HttpStatusCode.TooManyRequests);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.Client.AskAsync("GET", "/health")));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Status));
        answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => server.Client.AskAsync("GET", "/health")));
        Assert.Contains(answers, a => a.Status == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Connections_beyond_256_are_closed()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        Uri url = new(server.Url);
        List<TcpClient> connections = [];
        try
        {
            for (int i = 0; i < 300; i++)
            {
                TcpClient connection = new();
                connections.Add(connection);
                await connection.ConnectAsync(url.Host, url.Port, Cancel);
            }
            Assert.Equal(0, await connections[^1].GetStream().ReadAsync(new byte[1], Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(8), Cancel));
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
        await Answers(server);
    }

    [Fact]
    public async Task What_is_no_HTTP_is_refused_and_harms_nobody()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        Uri url = new(server.Url);
        string[] requests = ["GET /health HTTP/1.1\r\n\r\n", "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", $"GET /{new string('a', 5000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", $"GET / HTTP/1.1\r\nHost: localhost\r\nA: {new string('a', 20000)}\r\n\r\n", "\0\0\0\r\n\r\n"];
        foreach (string request in requests)
        {
            using TcpClient connection = new();
            await connection.ConnectAsync(url.Host, url.Port, Cancel);
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
            using StreamReader answer = new(connection.GetStream());
            Assert.StartsWith("HTTP/1.1 4", await answer.ReadLineAsync(Cancel), StringComparison.Ordinal);
        }
        await Answers(server);
    }

    [Fact]
    public async Task The_pages_files_need_no_token_and_lead_nowhere_else()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["page"]);
        await File.WriteAllTextAsync(folder["page/index.html"], "the page", Cancel);
        await File.WriteAllTextAsync(folder["secret.txt"], "secret", Cancel);
        using RequestRates rates = new();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddResponseCompression();
        await using WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        new RequestGate(new RequestGuard("token", ["localhost"]), rates).Use(app, new PageFiles(folder["page"]));
        await app.StartAsync(Cancel);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.Single()) };
        using HttpResponseMessage page = await client.GetAsync("/", Cancel);
        Assert.Equal("the page", await page.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("no-cache", page.Headers.CacheControl!.ToString());
        Assert.True(page.Headers.Contains("Content-Security-Policy"));
        foreach (string path in new[] { "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/secret.txt", "/other" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(path, Cancel)).StatusCode);
    }

    private static async Task Answers(IdleServer server)
    {
        using ApiClient client = new(server.Url, server.Token);
        while ((await Record.ExceptionAsync(() => client.AskAsync("GET", "/health"))) is HttpRequestException)
        {
            // The connections that are gone are being counted off.
        }
        Assert.Equal(HttpStatusCode.OK, (await client.AskAsync("GET", "/health")).Status);
    }
}
