using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pggan.Host.Tests;

/// <summary>A server that speaks as a training does and remembers what it was asked.</summary>
internal sealed class PeerTraining : IAsyncDisposable
{
    public const string Token = "a-token.of-the_peer~1";

    private readonly WebApplication _server;
    private readonly ConcurrentQueue<Request> _asked = new();

    /// <summary>One request.</summary>
    internal sealed record Request(string Method, string Target, string Authorization, string LastEventId, string Body);

    private PeerTraining(WebApplication server, Func<HttpContext, Task> answer)
    {
        _server = server;
        server.Run(async context =>
        {
            using StreamReader body = new(context.Request.Body);
            HttpRequest request = context.Request;
            _asked.Enqueue(new Request(
                request.Method, request.Path + request.QueryString, request.Headers.Authorization.ToString(), request.Headers["Last-Event-ID"].ToString(),
                await body.ReadToEndAsync(context.RequestAborted)));
            await answer(context);
        });
    }

    /// <summary>In the order of their arrival.</summary>
    public Request[] Asked => [.. _asked];

    /// <summary>Without a path.</summary>
    public string Address => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>As a training prints it.</summary>
    public string Url => $"{Address}/#token={Token}";

    /// <summary>Listens on a port of its own.</summary>
    public static async Task<PeerTraining> StartAsync(Func<HttpContext, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        PeerTraining peer = new(builder.Build(), answer);
        await peer._server.StartAsync(TestContext.Current.CancellationToken);
        return peer;
    }

    /// <summary>One that gives every request the same answer.</summary>
    public static Task<PeerTraining> StartAsync(string json, HttpStatusCode status = HttpStatusCode.OK) => StartAsync(context => AnswerAsync(context, json, status));

    /// <summary>Answers with JSON.</summary>
    public static Task AnswerAsync(HttpContext context, string json, HttpStatusCode status = HttpStatusCode.OK)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>Lays out a run that this server trains.</summary>
    public string WriteRun(string runs, string name) => WriteRun(runs, name, Address);

    /// <summary>Lays out a run that is trained at an address.</summary>
    public static string WriteRun(string runs, string name, string address)
    {
        string run = Path.Combine(runs, name);
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, RunDirectory.OptionsFile), "{}");
        new EndpointFile(address, Token, Environment.ProcessId).Write(run);
        File.WriteAllText(Path.Combine(run, RunLock.FileName), $$"""{"pid": {{Environment.ProcessId}}, "machine": "another", "started": "2026-01-31T12:00:00Z", "token": "a"}""");
        return run;
    }

    /// <summary>An address that nothing listens at.</summary>
    public static async Task<string> DeadAddressAsync()
    {
        await using PeerTraining gone = await StartAsync("{}");
        return gone.Address;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>A status in the middle of a run of two resolutions.</summary>
    public static JsonObject Status() => JsonNode.Parse("""
        {
          "run": "00003-peer-8", "live": true, "state": "training", "released": false, "failure": null,
          "images": 61440, "kimg": 61.44, "schedule_kimg": 61.44, "resolution": 8, "alpha": 0.56, "phase": 1, "total_kimg": 120.0,
          "images_per_second": 76.1, "loss_d": -1.2, "loss_g": 0.4, "seconds_left_in_phase": 320.0, "seconds_left": 2900.0, "elapsed": 812.5, "memory": 957000000,
          "phases": [
            {"kind": "stabilize", "resolution": 4, "start_kimg": 0, "end_kimg": 40}, {"kind": "fade_in", "resolution": 8, "start_kimg": 40, "end_kimg": 80},
            {"kind": "stabilize", "resolution": 8, "start_kimg": 80, "end_kimg": 120}],
          "can_grow": false, "grow_refusal": "fading in 8x8", "settings": {},
          "newest_checkpoint": "checkpoints/000060", "newest_samples": "fakes000060", "device": "cpu", "classes": 0, "data": "peer", "last_tick": {"tick": 3},
          "pipeline": {
            "stages": [
              {"name": "reader-0", "items": 7000, "busy": 1.0, "waiting": 0.0, "blocked": 299.0}, {"name": "reader-1", "items": 5000, "busy": 3.0, "waiting": 0.0, "blocked": 297.0},
              {"name": "trainer", "items": 3840, "busy": 297.0, "waiting": 3.0, "blocked": 0.0}],
            "queues": [{"name": "pixels", "count": 3, "capacity": 64}, {"name": "batches", "count": 4, "capacity": 4}],
            "skipped_images": 2, "cached_images": 997, "cached_bytes": 15000000
          },
          "actors": [
            {"name": "training", "parent": null, "state": "running", "restarts": 0, "last_error": null, "last_error_at": null},
            {"name": "reader-0", "parent": "pipeline", "state": "running", "restarts": 2, "last_error": "a cable \u001b[31mwas pulled", "last_error_at": null}]
        }
        """)!.AsObject();
}
