using System.Text;
using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>Messages to clients that come, go, come back, or do not read.</summary>
public sealed class EventStreamTests
{
    private static readonly JsonObject Data = new() { ["a"] = 1 };

    private readonly EventStream _stream = new();

    [Fact]
    public async Task A_client_gets_what_comes_after_it_and_then_the_end()
    {
        _stream.Publish("early", Data);
        EventClient client = _stream.Join(null, () => { })!;
        _stream.Publish("one", Data);
        _stream.Publish("two", Data);
        _stream.Close();
        Assert.Equal(["one", "two", "end"], Names(await ReadAsync(client)));
    }

    [Fact]
    public async Task A_client_that_comes_back_gets_what_it_missed()
    {
        EventClient first = _stream.Join(null, () => { })!;
        Publish(10);
        _stream.Close();
        string[] ids = Ids(await ReadAsync(first));
        Assert.Equal(ids[4..], Ids(await ReadAsync(_stream.Join(ids[3], () => { })!)));
        Assert.Empty(Ids(await ReadAsync(_stream.Join(ids[^1], () => { })!)));
    }

    [Theory]
    [InlineData("00000000-1")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_client_of_another_process_begins_anew(string after)
    {
        Publish(3);
        EventClient client = _stream.Join(after, () => { })!;
        _stream.Publish("next", Data);
        _stream.Close();
        Assert.Equal(["reset", "next", "end"], Names(await ReadAsync(client)));
    }

    [Fact]
    public async Task A_client_that_was_away_too_long_or_names_the_future_begins_anew()
    {
        EventClient first = _stream.Join(null, () => { })!;
        Publish(1);
        _stream.Leave(first);
        Publish(EventStream.Kept);
        Assert.Equal(EventStream.Kept, _stream.Count);
        EventClient second = _stream.Join(null, () => { })!;
        Publish(1);
        _stream.Close();
        string newest = Ids(await ReadAsync(second))[0], boot = newest.Split('-')[0];
        Assert.Equal(["reset", "end"], Names(await ReadAsync(_stream.Join($"{boot}-1", () => { })!)));
        Assert.Equal(["reset", "end"], Names(await ReadAsync(_stream.Join($"{boot}-99999", () => { })!)));
        Assert.Equal(["reset", "end"], Names(await ReadAsync(_stream.Join($"{boot}--1", () => { })!)));
    }

    [Fact]
    public async Task A_client_for_which_256_wait_is_cut_off_and_the_others_are_not()
    {
        TaskCompletionSource cut = new();
        _stream.Join(null, cut.SetResult);
        Publish(EventClient.MostWaiting);
        EventClient late = _stream.Join(null, () => Assert.Fail("it reads"))!;
        Assert.Equal((2, 0), (_stream.Clients, _stream.CutOff));
        Publish(1);
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (_stream.Clients, _stream.CutOff));
        _stream.Close();
        Assert.Equal(["message", "end"], Names(await ReadAsync(late)));
    }

    [Fact]
    public void There_are_64_clients_at_most()
    {
        EventClient[] clients = [.. Enumerable.Range(0, EventStream.MostClients).Select(_ => _stream.Join(null, () => { })!)];
        Assert.Null(_stream.Join(null, () => { }));
        _stream.Leave(clients[0]);
        Assert.NotNull(_stream.Join(null, () => { }));
    }

    [Fact]
    public async Task Who_comes_after_the_end_is_told_the_end()
    {
        _stream.Close();
        _stream.Close();
        _stream.Publish("late", Data);
        Assert.Equal(["end"], Names(await ReadAsync(_stream.Join(null, () => { })!)));
    }

    private void Publish(int count)
    {
        for (int i = 0; i < count; i++)
            _stream.Publish("message", Data);
    }

    private static async Task<string> ReadAsync(EventClient client)
    {
        using MemoryStream body = new();
        await client.WriteToAsync(body, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static string[] Names(string text) => Field(text, "event: ");

    private static string[] Ids(string text) => Field(text, "id: ");

    private static string[] Field(string text, string name) =>
        [.. text.Split('\n').Where(l => l.StartsWith(name, StringComparison.Ordinal)).Select(l => l[name.Length..])];
}
