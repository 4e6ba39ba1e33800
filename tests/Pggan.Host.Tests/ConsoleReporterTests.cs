using Pggan.Actors;
using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class ConsoleReporterTests
{
    private static readonly TickSummary Tick = ExampleTick.Summary with
    {
        Tick = 123,
        Images = 12_345_678,
        Resolution = 1024,
        LossG = 0.5,
        ScoreReal = 12.3,
        ScoreFake = -123,
        SecondsLeft = 12345,
    };

    private static readonly TrainingProgressed Progress = new(
        new GrowthProgress(12_345_678, 0, 0, 12_345_678), new GrowthStage(1024, 0.25), new GrowthPhase(GrowthPhaseKind.FadeIn, 1024, 12e6, 6e5), -1.5f, 0.5f, 76.5);

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(140)]
    public async Task No_line_is_wider_than_the_terminal_and_what_Ctrl_C_does_is_always_there(int width)
    {
        await using StringWriter written = new();
        Terminal terminal = new(written, width);
        ConsoleReporter reporter = new(terminal.Open(), log: null, time: null, "Ctrl-C ends the watching only") { SecondsLeft = 2900 };
        TaskCompletionSource over = new();
        Task shown = reporter.ShowUntilAsync(over.Task);
        reporter.Handle(new TickCompleted(Tick));
        reporter.Handle(Progress);
        reporter.Handle(new CheckpointFailed("a long story " + new string('x', 200)));
        over.SetResult();
        await shown;
        Assert.All(terminal.Lines, line => Assert.True(line.Length < width, line));
        string[] last = [.. terminal.Lines.Where(line => line.Length > 0).TakeLast(2)];
        Assert.EndsWith("Ctrl-C ends the watching only", last[1], StringComparison.Ordinal);
        Assert.StartsWith("kimg 12345.7", last[width < 140 ? 0 : 1], StringComparison.Ordinal);
    }

    [Fact]
    public void Elsewhere_it_is_a_line_a_tick_and_an_event_and_no_line_for_progress()
    {
        using StringWriter output = new();
        ConsoleReporter reporter = new(Spectre.Console.AnsiConsole.Create(new() { Out = new Spectre.Console.AnsiConsoleOutput(output) }), log: null, time: null);
        reporter.Handle(Progress);
        reporter.Handle(new TickCompleted(Tick));
        reporter.Handle(new CheckpointFailed("a\u001b[2J\nb"));
        string[] lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("tick 123  kimg 12345.7 1024x1024 alpha 0.25", lines[0], StringComparison.Ordinal);
        Assert.Contains("phase 3m left  total 3h 26m left", lines[0], StringComparison.Ordinal);
        Assert.Equal("checkpoint not saved: a\\u001B[2J\\nb", lines[1].TrimEnd());
    }
}
