using Akka.Actor;
using Microsoft.Extensions.Time.Testing;

namespace Pggan.Actors.Tests;

public sealed class EvaluationTests : TrainingTest
{
    [Fact]
    public void Checkpoints_are_measured_and_the_training_is_the_same()
    {
        var expected = Undisturbed();
        var setup = NewSetup() with { CheckpointEveryTicks = 1, Evaluation = Swd() };
        var (training, probe) = Start(setup);
        var evaluated = Await<CheckpointEvaluated>(probe, e => e.Images == TotalImages);
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Stop(training);

        var score = Assert.Single(evaluated.Scores);
        Assert.Equal("swd", score.Metric);
        Assert.True(score is { Value: > 0, Floor: > 0 } && score.Parts["swd_8"] == score.Value, score.ToString());
        var lines = Lines(Path.Combine(setup.RunDirectory, "metric-swd.jsonl"));
        Assert.Equal(TotalImages, (long)lines[^1]["images"]!);
        Assert.Equal(score.Value, (double)lines[^1]["swd"]!);
        Assert.Equal(score.Floor, (double)lines[^1]["swd_reals"]!);
        Assert.Equal(lines.Select(line => (long)line["images"]!).Distinct().Order(), lines.Select(line => (long)line["images"]!));
        Assert.Equal(TotalImages, MetricScores.Read(setup.RunDirectory, "swd").Keys.Max());
        Assert.Contains(
            "checkpoint_evaluated", Lines(Path.Combine(setup.RunDirectory, "events.jsonl")).Select(line => (string)line["event"]!));
        Assert.True(File.ReadAllBytes(Path.Combine(setup.RunDirectory, "events.out.tfevents.pggan")).AsSpan().IndexOf("swd_reals"u8) > 0);
        AssertSame(expected, CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void The_same_checkpoint_has_the_same_score_and_statistics_of_reals_are_found_again()
    {
        var statistics = NewFolder();
        var first = Measured(statistics);
        var file = Assert.Single(Directory.GetFiles(statistics));
        Assert.Equal(first, Measured(statistics));

        // What is damaged is found out again.
        File.WriteAllText(file, "damaged");
        Assert.Equal(first, Measured(statistics));
        Assert.True(new FileInfo(file).Length > 10);

        double Measured(string folder)
        {
            var setup = NewSetup() with { Evaluation = Swd() with { StatisticsFolder = folder } };
            Assert.IsType<TrainingCompleted>(Run(setup));
            return (double)Lines(Path.Combine(setup.RunDirectory, "metric-swd.jsonl"))[^1]["swd"]!;
        }
    }

    [Fact]
    public void What_goes_wrong_is_told_once_and_training_goes_on()
    {
        var setup = NewSetup() with
        {
            CheckpointEveryTicks = 1,
            Evaluation = Swd() with { Metrics = new[] { "frechet" }, OpenFeatures = () => throw new InvalidDataException("no such network") },
        };
        var (training, probe) = Start(setup);
        List<object> told = [];
        probe.FishForMessage(
            message =>
            {
                told.Add(message);
                return message is TrainingCompleted;
            },
            TimeSpan.FromSeconds(60),
            cancellationToken: Cancel);
        Stop(training);
        Assert.Equal("no such network", Assert.Single(told.OfType<EvaluationFailed>()).Reason);
        Assert.Empty(Directory.GetFiles(setup.RunDirectory, "metric-*"));
        AssertSame(Undisturbed(), CheckpointAt(setup.RunDirectory, TotalImages));
    }

    [Fact]
    public void A_training_that_is_complete_waits_for_its_last_score_and_one_that_is_stopped_does_not()
    {
        // At this pace no evaluation would end within the test.
        var slow = Swd() with { Share = 1e-6 };
        var complete = NewSetup() with { Evaluation = slow };
        Assert.IsType<TrainingCompleted>(Run(complete));
        Assert.Equal(TotalImages, (long)Lines(Path.Combine(complete.RunDirectory, "metric-swd.jsonl"))[^1]["images"]!);

        var stopped = NewSetup() with { CheckpointEveryTicks = 1, StopAtImages = 160, Evaluation = slow };
        Assert.IsType<TrainingStopped>(Run(stopped));
        Assert.Empty(Directory.GetFiles(stopped.RunDirectory, "metric-*"));
    }

    [Fact]
    public void A_stop_does_not_wait_for_an_evaluator_that_had_nothing_to_do()
    {
        // Its first checkpoint is the last one, which comes after the word that nothing is to be measured any more.
        var setup = NewSetup() with { StopAtImages = 64, Evaluation = Swd() with { Share = 1e-6 } };
        Assert.IsType<TrainingStopped>(Run(setup));
        Assert.Empty(Directory.GetFiles(setup.RunDirectory, "metric-*"));
    }

    [Fact]
    public void Rests_are_for_work_and_not_for_the_time_between()
    {
        var time = new FakeTimeProvider();
        using var pace = new WorkPace(0.05, time);
        time.Advance(TimeSpan.FromHours(40)); // nothing to measure
        pace.Begin();
        time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Equal(380, pace.Rest().TotalMilliseconds, 1e-6);
        pace.Begin();
        time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(TimeSpan.Zero, pace.Rest()); // adds up
        time.Advance(TimeSpan.FromHours(40));     // the machine slept
        Assert.Equal(TimeSpan.FromMinutes(38), pace.Rest());
        pace.Release();
        Assert.Equal(TimeSpan.Zero, pace.Rest());
    }

    [Fact]
    public void A_released_training_measures_again_when_it_goes_on()
    {
        var endless = Options with { Schedule = Options.Schedule with { TotalKimg = 1000 } };
        var setup = Setup(NewFolder(), endless) with { CheckpointEveryTicks = 8, Evaluation = Swd() };
        var (training, probe) = Start(setup);
        var before = Await<CheckpointEvaluated>(probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining(Release: true)));
        var paused = StatusOf(training, probe).Progress!.Images;
        while (probe.ReceiveOne(TimeSpan.FromSeconds(1), Cancel) is { } happened)
            Assert.False(happened is CheckpointEvaluated evaluated && evaluated.Images >= paused); // it is measured when the device may be used again
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ResumeTraining()));
        Assert.True(Await<CheckpointEvaluated>(probe).Images > before.Images); // what was measured at the pause is given up
        training.Tell(new StopTraining(), probe.Ref);
        Assert.IsType<TrainingStopped>(AwaitEnd(probe));
        Stop(training);
    }

    [Fact]
    public void An_evaluator_that_fails_while_the_device_is_released_leaves_it_alone()
    {
        var (setup, probe) = (NewSetup(), CreateTestProbe());
        var damaged = Path.Combine(setup.RunDirectory, "damaged");
        File.WriteAllBytes(damaged, []);
        var evaluator = probe.ChildActorOf(EvaluatorActor.Props(setup, Swd()), new OneForOneStrategy(FaultPolicy.ForChild), cancellationToken: Cancel);
        evaluator.Tell(ReleaseDevice.Instance);
        evaluator.Tell(Kill.Instance);

        evaluator.Tell(new EvaluateCheckpoint(damaged, 8));
        evaluator.Tell(FinishWork.Instance, probe.Ref);
        Assert.IsType<WorkFinished>(probe.ReceiveOne(TimeSpan.FromSeconds(30), Cancel)); // what was measured would be told before

        evaluator.Tell(TakeDevice.Instance);
        Await<EvaluationFailed>(probe);
    }

    [Fact]
    public void Scores_of_images_that_are_trained_again_are_forgotten()
    {
        var setup = NewSetup() with { CheckpointEveryTicks = 1, StopAtImages = 128 };
        Assert.IsType<TrainingStopped>(Run(setup));
        File.WriteAllLines(
            Path.Combine(setup.RunDirectory, "metric-swd.jsonl"),
            ["""{"time": 1, "images": 64, "swd": 9.5}""", """{"time": 2, "images": 192, "swd": 2.5}"""]);

        Assert.IsType<TrainingCompleted>(Run(setup with { Resume = true, StopAtImages = null, Evaluation = Swd() }));

        var images = Lines(Path.Combine(setup.RunDirectory, "metric-swd.jsonl")).Select(line => (long)line["images"]!).ToList();
        Assert.Equal(64, images[0]);
        Assert.Equal(images.Distinct(), images);
        Assert.DoesNotContain(2.5, Lines(Path.Combine(setup.RunDirectory, "metric-swd.jsonl")).Select(line => (double)line["swd"]!));
    }

    private static EvaluationSetup Swd() => new() { Metrics = new[] { "swd" }, Images = 24, Share = 1 };
}
