using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>
/// Hands messages to any number of clients without waiting for one of them. The last messages are kept, so that a client that was away goes on
/// where it was; the bytes of a message are made once and shared by all. Thread-safe.
/// </summary>
internal sealed class EventStream
{
    /// <summary>Messages that are kept for clients that come back.</summary>
    public const int Kept = 1024;

    /// <summary>Most clients at a time.</summary>
    public const int MostClients = 64;

    /// <summary>Name of the message that tells a client to read everything again.</summary>
    public const string Reset = "reset";

    /// <summary>Name of the last message.</summary>
    public const string End = "end";

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _ring = new();
    private readonly HashSet<EventClient> _clients = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Tells the ids of this process from those of another one.
    private readonly string _boot = RandomNumberGenerator.GetHexString(8, lowercase: true);
    private long _last;
    private long _cutOff;
    private volatile JsonObject? _lastTick;

    /// <summary>Called when a client has come.</summary>
    public Action? Joined { get; set; }

    /// <summary>The newest tick as a line of stats.jsonl; null = none yet.</summary>
    public JsonNode? LastTick => _lastTick?.DeepClone();

    /// <summary>Clients that are there.</summary>
    public int Clients
    {
        get
        {
            lock (_gate)
                return _clients.Count;
        }
    }

    /// <summary>Messages that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _ring.Count;
        }
    }

    /// <summary>Clients that were cut off since they did not read.</summary>
    public long CutOff => Interlocked.Read(ref _cutOff);

    /// <summary>Ends when the last message is out.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends a message to everybody. A client for which too many wait already is cut off.</summary>
    public void Publish(string name, JsonNode data)
    {
        byte[] payload = Encoding.UTF8.GetBytes(data.ToJsonString());
        lock (_gate)
        {
            if (!_ended.Task.IsCompleted)
                Send(Message(++_last, name, payload));
        }
    }

    /// <summary>Sends a tick, and remembers it for the status.</summary>
    public void PublishTick(JsonObject tick)
    {
        _lastTick = tick;
        Publish("tick", tick);
    }

    /// <summary>Sends the last message and lets the clients go once they have read it. Once is enough.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_ended.Task.IsCompleted)
                return;
            Send(Message(++_last, End, "{}"u8));
            foreach (EventClient client in _clients)
                client.Complete();
            _ended.SetResult();
        }
    }

    /// <summary>Lets a client in.</summary>
    /// <param name="after">Id of the last message that it has; null = it comes for the first time.</param>
    /// <param name="abort">Called on another thread when it is cut off.</param>
    /// <returns>Null when there are too many.</returns>
    public EventClient? Join(string? after, Action abort)
    {
        EventClient client;
        lock (_gate)
        {
            if (_clients.Count >= MostClients)
                return null;
            client = new EventClient(Missed(after), abort);
            _clients.Add(client);
            if (_ended.Task.IsCompleted)
                client.Complete();
        }
        Joined?.Invoke();
        return client;
    }

    /// <summary>A client has gone.</summary>
    public void Leave(EventClient client)
    {
        lock (_gate)
            _clients.Remove(client);
    }

    private void Send(byte[] message)
    {
        _ring.Enqueue(message);
        if (_ring.Count > Kept)
            _ring.Dequeue();
        foreach (EventClient client in _clients)
        {
            if (client.TrySend(message))
                continue;
            _clients.Remove(client);
            Interlocked.Increment(ref _cutOff);
            client.CutOff();
        }
    }

    /// <summary>What a client has not seen of what is kept. All of it follows a message that is kept, or the one before the oldest.</summary>
    private byte[][] Missed(string? after)
    {
        if (after is null)
            return _ended.Task.IsCompleted ? [.. _ring.TakeLast(1)] : [];
        long missed = Number(after) is { } number ? _last - number : -1;
        return missed >= 0 && missed <= _ring.Count ? [.. _ring.TakeLast((int)missed)]
            : [Message(_last, Reset, "{}"u8), .. _ended.Task.IsCompleted ? _ring.TakeLast(1) : []];
    }

    /// <summary>The number of a message of this process; null = it is another one's, or none.</summary>
    private long? Number(string id) =>
        id.StartsWith(_boot + "-", StringComparison.Ordinal)
        && long.TryParse(id.AsSpan(_boot.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private byte[] Message(long number, string name, ReadOnlySpan<byte> data) =>
        [.. Encoding.UTF8.GetBytes($"id: {_boot}-{number.ToString(CultureInfo.InvariantCulture)}\nevent: {name}\ndata: "), .. data, .. "\n\n"u8];
}
