using System.Text.Json.Nodes;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>The JSON that the server answers with.</summary>
internal static class Answers
{
    /// <summary>A document.</summary>
    public static IResult Json(JsonNode document, int status = StatusCodes.Status200OK) => Results.Text(document.ToJsonString(), "application/json", null, status);

    /// <summary>An error.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="message">What is wrong and how to mend it.</param>
    public static IResult Error(int status, string message) => Json(new JsonObject { ["error"] = message }, status);

    /// <summary>That what was asked for is not there.</summary>
    public static IResult NotFound(string message) => Error(StatusCodes.Status404NotFound, message);

    /// <summary>What a command led to.</summary>
    public static IResult Of(CommandReply reply) => reply switch
    {
        CommandAccepted accepted => Json(Accepted(accepted)),
        CommandRejected rejected => Json(new JsonObject { ["accepted"] = false, ["error"] = rejected.Reason }, StatusCodes.Status409Conflict),
        _ => throw new ArgumentException($"{reply.GetType().Name} is no reply"),
    };

    /// <summary>That a command was carried out.</summary>
    public static JsonObject Accepted(CommandAccepted reply) => new() { ["accepted"] = true, ["message"] = reply.Message };
}
