using System.Text.Json.Nodes;

namespace Pggan.Host.Tests;

/// <summary>Reads server-sent events.</summary>
internal sealed class EventReader(HttpResponseMessage answer, Stream stream) : IDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly StreamReader _lines = new(stream);

    /// <summary>One event.</summary>
    public sealed record Message(string Id, string Name, JsonNode Data)
    {
        /// <summary>Of the event among those of its process.</summary>
        public long Number => long.Parse(Id.Split('-')[1]);
    }

    public void Dispose()
    {
        _lines.Dispose();
        answer.Dispose();
    }

    /// <summary>The next event; null = the server has closed the stream.</summary>
    public async Task<Message?> NextAsync()
    {
        Dictionary<string, string> fields = [];
        while (await _lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(LongestSilence, TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Length == 0 && fields.Count > 0)
                return new Message(fields["id"], fields["event"], JsonNode.Parse(fields["data"])!);
            if (line.Length > 0 && line[0] != ':')
                fields.Add(line.Split(": ")[0], line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
        }
        return null;
    }

    /// <summary>The next event of a name.</summary>
    public async Task<Message> NextAsync(string name)
    {
        while (await NextAsync() is { } message)
        {
            if (message.Name == name)
                return message;
        }
        throw new InvalidOperationException($"the stream ended before '{name}'");
    }
}
