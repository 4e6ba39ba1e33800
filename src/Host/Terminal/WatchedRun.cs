using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>A training of another process, told to a reporter as that process's own would be.</summary>
/// <param name="client">To the training.</param>
/// <param name="reporter">Shows it.</param>
internal sealed class WatchedRun(RunClient client, ConsoleReporter reporter)
{
    private JsonObject _status = [];
    private IReadOnlyList<GrowthPhase> _phases = [];
    private ITrainingEvent? _outcome;
    private double _lastTickTime = double.NegativeInfinity;

    /// <summary>How it ended, behind "The training".</summary>
    public string Outcome => _outcome switch
    {
        TrainingCompleted completed => $"is done at kimg {completed.Images / 1000.0:0.0}",
        TrainingStopped stopped => $"was stopped at kimg {stopped.Images / 1000.0:0.0}; 'pggan train --resume' continues it",
        TrainingFailed failed => $"failed: {failed.Reason.TrimEnd('.')}",
        _ => $"has ended ({_status.Text("failure") ?? _status.Text("state") ?? "how, is not known"})",
    };

    /// <summary>Shows the last ticks, then what happens, until the end.</summary>
    /// <exception cref="UserException">The training refuses, or does not answer any more.</exception>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken);
        reporter.Note($"watching {_status.Text("run")}, {_status.Text("state")}");
        RunStream stream = new(client, RunStream.Patience, () => reporter.Note("the connection broke; trying again"));
        await foreach (SseItem<string> item in stream.ReadAsync(cancellationToken))
        {
            if (item.EventType == "reset")
                await CatchUpAsync(cancellationToken);
            else if (Parse(item.Data) is JsonObject data)
                On(item.EventType, data);
        }
    }

    /// <summary>JSON of the training; null where it is none.</summary>
    public static JsonNode? Parse(string data)
    {
        try
        {
            return JsonNode.Parse(data);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void On(string type, JsonObject data)
    {
        switch (type)
        {
            case "status":
                OnStatus(data);
                break;
            case "progress":
                OnProgress(data);
                break;
            case "tick":
                OnTick(data, isNow: true);
                break;
            case "happened" when EventJson.Parse(data) is { } happened:
                if (happened is TrainingCompleted or TrainingStopped or TrainingFailed)
                    _outcome = happened;
                reporter.Handle(happened);
                break;
        }
    }

    private void OnStatus(JsonObject status)
    {
        _status = status;
        reporter.Base = StatusText.BaseOf(status);
        _phases = [.. status.Objects("phases").Select(PhaseOf)];
        reporter.SecondsLeft = status.Number("seconds_left");
        OnProgress(status);
    }

    /// <summary>A status has the fields of a progress, too.</summary>
    private void OnProgress(JsonObject at)
    {
        if (at.Number("images") is not { } images || at.Number("phase") is not { } phase || phase < 0 || phase >= _phases.Count)
            return;
        double place = at.Number("schedule_kimg") * 1000 ?? images;
        reporter.Handle(new TrainingProgressed(
            new GrowthProgress((long)images, place - images, 0, place),
            new GrowthStage((int)(at.Number("resolution") ?? 0), at.Number("alpha") ?? 1),
            _phases[(int)phase],
            (float?)at.Number("loss_d"),
            (float?)at.Number("loss_g"),
            at.Number("images_per_second") ?? 0));
    }

    /// <summary>The ticks that were not shown yet, the last of them at most.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        OnStatus(await client.GetAsync("/api/status", cancellationToken));
        int last = (int)(_status.Object("last_tick")?.Number("tick") ?? 0);
        JsonObject stats = await client.GetAsync($"/api/stats?since={Math.Max(0, last - ConsoleReporter.TicksShown)}", cancellationToken);
        foreach (JsonObject tick in stats.Objects("ticks").TakeLast(ConsoleReporter.TicksShown))
            OnTick(tick, isNow: false);
    }

    /// <summary>What is left is known only now: the line of a tick does not have it.</summary>
    private void OnTick(JsonObject line, bool isNow)
    {
        if (line.Number("time") is not { } time || time <= _lastTickTime || EventJson.Parse(line) is not TickCompleted tick)
            return;
        _lastTickTime = time;
        reporter.Handle(isNow
            ? new TickCompleted(tick.Summary with { SecondsLeftInPhase = _status.Number("seconds_left_in_phase"), SecondsLeft = _status.Number("seconds_left") })
            : tick);
    }

    private static GrowthPhase PhaseOf(JsonObject phase)
    {
        double start = phase.Number("start_kimg") * 1000 ?? 0;
        GrowthPhaseKind kind = phase.Text("kind") == "fade_in" ? GrowthPhaseKind.FadeIn : GrowthPhaseKind.Stabilize;
        return new GrowthPhase(kind, (int)(phase.Number("resolution") ?? 0), start, (phase.Number("end_kimg") * 1000 ?? start) - start);
    }
}
