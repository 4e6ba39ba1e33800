using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>A wish for other images, and what became of it.</summary>
internal static class SamplesJson
{
    private const int UsualCount = 16;
    private const int MostImages = 1024;

    /// <summary>The command that a document asks for.</summary>
    /// <exception cref="RequestException">A key is unknown, or a value of the wrong type or out of its range; the message names it.</exception>
    public static DrawSamples Read(JsonObject document)
    {
        RequestBody.CheckKeys(document, "option of samples", "count", "seed", "class", "seeds");
        string? name = document["class"]?.GetValueKind() == JsonValueKind.String ? (string?)document["class"] : null;
        int? label = document["class"] is null || name is not null ? null : RequestBody.Value<int>(document, "class");
        if (!document.TryGetPropertyValue("seeds", out JsonNode? node))
        {
            int count = RequestBody.Value<int>(document, "count") ?? UsualCount;
            return count is >= 1 and <= MostImages
                ? new DrawSamples(count, RequestBody.Value<long>(document, "seed") ?? 0, label, ClassName: name)
                : throw new RequestException($"'count' is {count}; it must be from 1 to {MostImages}");
        }
        if (document.ContainsKey("count") || document.ContainsKey("seed"))
            throw new RequestException("'seeds' has a seed for each image; leave 'count' and 'seed' out");
        if (node is not JsonArray { Count: >= 1 and <= MostImages } seeds)
            throw new RequestException($"'seeds' must be a list of 1 to {MostImages} whole numbers");
        long[] each = [.. seeds.Select(s => RequestBody.Value<long>(s, "seeds"))];
        return new DrawSamples(each.Length, each[0], label, each, name);
    }

    /// <summary>The reply, with the picture's name as /api/samples lists it.</summary>
    public static IResult Answer(CommandReply reply)
    {
        if (reply is not CommandAccepted accepted)
            return Answers.Of(reply);
        JsonObject document = Answers.Accepted(accepted);
        document["picture"] = Path.GetFileNameWithoutExtension(accepted.Message);
        return Answers.Json(document);
    }
}
