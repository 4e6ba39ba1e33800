using System.Text.Json.Nodes;
using Akka.Actor;
using Pggan.Actors;

namespace Pggan.Host;

/// <summary>What changes a training: /api/control, /api/settings, /api/samples. Each answers when the actor that does it has.</summary>
/// <param name="live">The training of this process; null = none.</param>
internal sealed class ControlEndpoints(LiveTraining? live)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), StopPatience = TimeSpan.FromMinutes(3);

    /// <summary>Adds the routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        Control("pause", "Stops between two steps", "With release the device is freed, too: the training waits in host memory.", "release", isSet => new PauseTraining(isSet));
        Control("resume", "Goes on after a pause", "A device that was freed is taken again.", null, _ => new ResumeTraining());
        Control("grow", "Ends the stabilise phase now", "With force a fade-in that runs is completed; without, it is a reason to refuse.", "force", isSet => new GrowNow(isSet));
        Control("checkpoint", "Saves a checkpoint", "The answer comes when all is on disk; its message is the path.", null, _ => new SaveCheckpoint());
        Control("snapshot", "Draws the run's grid now", "The answer comes when it is on disk; its message is the path.", null, _ => new TakeSnapshot());
        Control("stop", "Finishes the step, saves, ends", "The answer comes when all is on disk; pggan train --resume continues the run.", null, _ => new StopTraining());
        routes.MapPatch("/api/settings", Handler(SettingsJson.Read, Answers.Of)).DescribeCommand(
            "changeSettings", "Changes settings from the next step on",
            "One bad value refuses the whole change. A number replaces a table; an object changes what it names of it and leaves the rest.",
            CommandSchemas.Settings, bodyIsRequired: true);
        routes.MapPost("/api/samples", Handler(SamplesJson.Read, SamplesJson.Answer)).DescribeCommand(
            "drawSamples", "Draws other images", "Either count and seed, or a seed for each image; of a conditional network one class, or the classes in turn.", CommandSchemas.Samples);

        void Control(string name, string summary, string description, string? key, Func<bool, ITrainingCommand> command) =>
            routes.MapPost($"/api/control/{name}", Handler(body => command(Switch(body, key)), Answers.Of))
                .DescribeCommand(name, summary, description, key is null ? null : CommandSchemas.Switch(key));
    }

    /// <summary>From a body to a command, and from the reply to an answer.</summary>
    private Func<HttpContext, Task<IResult>> Handler(Func<JsonObject, ITrainingCommand> read, Func<CommandReply, IResult> answer) => async context =>
    {
        ITrainingCommand command = read(await RequestBody.ReadAsync(context));
        if (live is null)
            return Answers.NotFound("nothing is being trained here; pggan train serves what it trains");
        TimeSpan patience = command is StopTraining ? StopPatience : Patience;
        try
        {
            CommandReply reply = await live.Coordinator.Ask<CommandReply>(command, patience, context.RequestAborted);
            live.Meter.Note(command, reply);
            return answer(reply);
        }
        catch (AskTimeoutException)
        {
            return Answers.Error(StatusCodes.Status504GatewayTimeout, $"no answer within {patience.TotalSeconds:0} s; the command may still be carried out");
        }
    };

    /// <summary>The one switch that a command may have.</summary>
    private static bool Switch(JsonObject body, string? key)
    {
        RequestBody.CheckKeys(body, "option of this command", key is null ? [] : [key]);
        return key is not null && (RequestBody.Value<bool>(body, key) ?? false);
    }
}
