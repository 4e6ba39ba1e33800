using Akka.Actor;
using Pggan.Actors;
using Spectre.Console;

namespace Pggan.Host.Tests;

public sealed class ReporterActorTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_reads_on_misses_nothing_when_the_other_reader_has_gone(bool isTerminalGone)
    {
        await using StringWriter read = new(), gone = new Gone();
        ConsoleReporter reporter = new(
            AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(isTerminalGone ? gone : read) }), log: null, time: null);
        EventLines lines = new(isTerminalGone ? read : gone);
        TaskCompletionSource<ITrainingEvent> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ActorSystem system = ActorSystem.Create("reporter");
        using Inbox training = Inbox.Create(system);
        IActorRef actor = system.ActorOf(ReporterActor.Props(training.Receiver, reporter, lines, outcome));
        foreach (ITrainingEvent happened in new ITrainingEvent[] { new CheckpointFailed("a full disk"), new StoreDegraded("a full disk"), new TrainingCompleted(100) })
            actor.Tell(happened, ActorRefs.NoSender);
        Assert.IsType<TrainingCompleted>(await outcome.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Equal(2, read.ToString().Split('\n').Count(line => line.Contains("a full disk", StringComparison.Ordinal)));
        await system.Terminate();
    }

    private sealed class Gone : StringWriter
    {
        public override void WriteLine(string? value) => throw new IOException("Broken pipe");
    }
}
