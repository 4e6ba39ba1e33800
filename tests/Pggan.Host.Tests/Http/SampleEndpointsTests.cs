using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>The pictures of a run as they are listed and served.</summary>
[Collection(ReadersOfRuns.Name)]
public sealed class SampleEndpointsTests(SmallRun real) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_pictures_of_a_real_run_are_listed_and_served()
    {
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(real.Runs, null, null));
        JsonNode samples = await server.JsonAsync("/api/samples");
        Assert.Equal("""{"columns":8,"rows":1,"cell":16,"cell_height":16,"seed":1000}""", samples["grid"]!.ToJsonString());
        Assert.Equal("""{"columns":8,"count":8,"cell":16,"cell_height":16}""", samples["reals"]!.ToJsonString());
        Assert.Empty(samples["drawn"]!.AsArray());
        JsonArray snapshots = samples["snapshots"]!.AsArray();
        Assert.Equal("""{"name":"fakes000000","images":0,"kimg":0,"resolution":4,"alpha":1,"seed":1000,"class":null,"columns":8,"count":8,"cell":16,"cell_height":16}""", snapshots[0]!.ToJsonString());
        Assert.Equal(Directory.GetFiles(real.Run, "fakes*.png").Length, snapshots.Count);
        Assert.True(snapshots.Count > 1);
        Assert.Equal(104, (int)snapshots[^1]!["images"]!);
        foreach (string name in snapshots.Select(s => (string)s!["name"]!).Append("reals"))
        {
            using HttpResponseMessage answer = await server.GetAsync($"/api/samples/{name}.png");
            Assert.Equal(("image/png", "no-cache, private"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.ToString()));
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(real.Run, name + ".png"), Cancel), await answer.Content.ReadAsByteArrayAsync(Cancel));
        }
    }

    [Fact]
    public async Task A_picture_that_the_client_has_is_not_sent_again_until_it_changes()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x"), picture = Path.Combine(run, "fakes000012.png");
        await File.WriteAllBytesAsync(picture, Png(64, 32), Cancel);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        using HttpResponseMessage first = await server.GetAsync("/api/samples/12.png");
        server.Client.DefaultRequestHeaders.Add(HeaderNames.IfNoneMatch, first.Headers.ETag!.ToString());
        using (HttpResponseMessage again = await server.GetAsync("/api/samples/12.png"))
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        await File.WriteAllBytesAsync(picture, Png(64, 48), Cancel);
        using HttpResponseMessage changed = await server.GetAsync("/api/samples/12.png");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task Names_and_texts_of_pictures_tell_what_they_show()
    {
        string run = HandmadeRun.Make(_folder.Path, "00000-x");
        Write("fakes000012.png", Png(128, 96));
        Write("fakes000012-12900.png", Png(128, 96, ("kimg", "12.900"), ("resolution", "8"), ("alpha", "0.25"), ("seed", "-7")));
        Write("samples000012-seed-5-class2.png", Png(48, 32, ("kimg", "12.288"), ("count", "5")));
        string label = string.Join('+', Enumerable.Range(0, 200));
        Write("samples000013-seed5.png", Png(16, 16, ("class", "2+x")));
        Write("samples000014-seed5-class2_3_4_5_6_7_8_9_01234567.png", Png(16, 16, ("class", label)));
        Write("samples000015-seed5-classnone.png", Png(16, 16, ("class", "none")));
        foreach (string other in new[] { "fakes12.png", "fakes000012-x.png", "fakes000012-99.png", "samples000012-.<b>.png", "fakes000001.png.new", "graph.png", "fakes000014.png" })
            Write(other, [1, 2, 3]);
        Write("fakes000015.png", []);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder.Path, null, null));
        JsonNode samples = await server.JsonAsync("/api/samples");
        Assert.Equal(
            [
                """{"name":"fakes000012","images":12000,"kimg":12,"resolution":16,"alpha":null,"seed":null,"class":null,"columns":8,"count":48,"cell":16,"cell_height":16}""",
                """{"name":"fakes000012-12900","images":12900,"kimg":12.9,"resolution":8,"alpha":0.25,"seed":-7,"class":null,"columns":8,"count":48,"cell":16,"cell_height":16}""",
            ],
            samples["snapshots"]!.AsArray().Select(s => s!.ToJsonString()));
        Assert.Equal(["samples000012-seed-5-class2 3 5", "samples000013-seed5 1 1"], samples["drawn"]!.AsArray().Take(2).Select(s => $"{s!["name"]} {s["columns"]} {s["count"]}"));
        Assert.Equal([null, null, $"[{label.Replace('+', ',')}]", "[]"], samples["drawn"]!.AsArray().Select(s => s!["class"]?.ToJsonString()));
        Assert.Null(samples["reals"]);

        // By kimg the newest one is meant.
        using HttpResponseMessage answer = await server.GetAsync("/api/samples/12.png");
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(run, "fakes000012-12900.png"), Cancel), await answer.Content.ReadAsByteArrayAsync(Cancel));

        void Write(string name, byte[] content) => File.WriteAllBytes(Path.Combine(run, name), content);
    }

    [Theory]
    [InlineData("..%2f..%2fsecret")]
    [InlineData("..%5c..%5csecret")]
    [InlineData("%2e%2e%2fsecret")]
    [InlineData("fakes000012%2f..%2f..%2fsecret")]
    [InlineData("secret")]
    [InlineData("linked")]
    [InlineData("fakes000077")]
    [InlineData("77")]
    [InlineData("13")]
    [InlineData("-1")]
    [InlineData("99999999999999999999")]
    public async Task Nothing_but_the_pictures_of_the_run_is_served(string name)
    {
        string run = HandmadeRun.Make(_folder["runs"], "00000-x");
        foreach (string path in new[] { _folder["secret.png"], Path.Combine(_folder["runs"], "secret.png"), Path.Combine(run, "secret.png") })
            await File.WriteAllBytesAsync(path, Png(16, 16), Cancel);
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(Path.Combine(run, "fakes000077.png"), _folder["secret.png"]);
        await using ReadingServer server = await ReadingServer.StartAsync(new RunStore(_folder["runs"], null, null));
        using HttpResponseMessage answer = await server.GetAsync($"/api/samples/{name}.png");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void The_head_of_a_damaged_picture_is_read_as_far_as_it_goes()
    {
        byte[] whole = Png(32, 16, ("kimg", "1.5"), ("seed", "9"));
        for (int length = 0; length < whole.Length; length++)
        {
            PngHead? head = PngHead.Read(new MemoryStream(whole, 0, length));
            Assert.True(head is null or { Width: 32, Height: 16 });
        }
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            PngHead.Read(new MemoryStream(damaged));
        }
        Assert.Equal("9", PngHead.Read(new MemoryStream(whole))!.Text["seed"]);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static byte[] Png(int width, int height, params (string Key, string Value)[] text) =>
        ImageCodec.EncodePng(new byte[width * height], 1, width, height, text.ToDictionary(t => t.Key, t => t.Value));
}
