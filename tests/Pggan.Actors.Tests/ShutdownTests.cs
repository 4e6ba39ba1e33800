using System.Text.Json.Nodes;
using Akka.Actor;

namespace Pggan.Actors.Tests;

public sealed class ShutdownTests : TrainingTest
{
    [Fact]
    public void Stopping_saves_and_is_answered_when_all_is_on_disk()
    {
        var setup = NewSetup();
        var (training, probe) = Start(setup);
        Await<TrainingProgressed>(probe);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new StopTraining()));

        var images = StatusOf(training, probe).Progress!.Images;
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
        Assert.Contains("training_stopped", File.ReadAllText(Path.Combine(setup.RunDirectory, "events.jsonl")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(setup.RunDirectory, "reals.png")));
        Assert.Equal(images, (long)JsonNode.Parse(File.ReadLines(Path.Combine(setup.RunDirectory, "stats.jsonl")).Last())!["images"]!);
    }

    [Fact]
    public async Task A_shutdown_saves_a_checkpoint_in_the_middle_of_a_fade_in()
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = 104 });
        var (training, probe) = Start(setup with { Resume = true, StartPaused = true });
        Await<TrainingStarted>(probe);
        training.Tell(new ResumeTraining(), probe.Ref);
        Await<TrainingResumed>(probe);

        await CoordinatedShutdown.Get(Sys).Run(CoordinatedShutdown.ClrExitReason.Instance);

        var events = await File.ReadAllLinesAsync(Path.Combine(setup.RunDirectory, "events.jsonl"), Cancel);
        Assert.Contains("training_stopped", events[^1], StringComparison.Ordinal);
        var images = (long)JsonNode.Parse(events[^1])!["images"]!;
        Assert.InRange(images, 104, 159);
        Assert.NotEmpty(CheckpointAt(setup.RunDirectory, images));
    }
}
