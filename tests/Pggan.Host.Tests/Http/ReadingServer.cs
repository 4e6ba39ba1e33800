using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>The reading half of the interface on a port of its own, without anything around it.</summary>
internal sealed class ReadingServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private ReadingServer(WebApplication server)
    {
        _server = server;
        Client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
    }

    public HttpClient Client { get; }

    public static async Task<ReadingServer> StartAsync(RunStore runs, IImageSource? source = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        Telemetry.Add(builder.Services);
        WebApplication server = builder.Build();
        ReadingEndpoints.Map(server, runs, source);
        Telemetry.Map(server);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new ReadingServer(server);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(path, TestContext.Current.CancellationToken);

    /// <summary>The document of a good answer.</summary>
    public async Task<JsonNode> JsonAsync(string path)
    {
        using HttpResponseMessage answer = await GetAsync(path);
        string body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {body}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(body)!;
    }

    /// <summary>Status and error of a bad answer.</summary>
    public async Task<(int Status, string Error)> ErrorAsync(string path)
    {
        using HttpResponseMessage answer = await GetAsync(path);
        JsonNode body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        return ((int)answer.StatusCode, (string)body["error"]!);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}
