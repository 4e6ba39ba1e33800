using System.Text.Json.Nodes;
using Akka.Actor;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Actors.Tests;

public sealed class CommandTests : TrainingTest
{
    [Fact]
    public void A_paused_trainer_stops_the_reader_and_resuming_goes_on()
    {
        var source = new WatchedSource(new SyntheticSource(50, 8, 3, 0, 1));
        var setup = NewSetup() with { Source = source, StartPaused = true };
        var (training, probe) = Start(setup);

        // What fits: open positions, waiting batches, the one that the batcher holds, and the picture of reals with its own few.
        var room = setup.Pipeline.ImagesInFlight + (setup.Pipeline.BatchesInFlight + 1) * Minibatch + setup.Grid.Columns * setup.Grid.Rows + 4;
        AwaitCondition(() => source.Reads >= (setup.Pipeline.BatchesInFlight + 1) * Minibatch, cancellationToken: Cancel);

        // The first grid may be drawn before the log is ready and the start is told.
        var (started, drawn) = (false, false);
        probe.FishForMessage(
            message =>
            {
                started |= message is PhaseStarted; // the last word of a start
                drawn |= message is SamplesDrawn;
                return started && drawn;
            },
            cancellationToken: Cancel);
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(300), Cancel);
        Assert.InRange(source.Reads, 1, room);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new ResumeTraining()));
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.True(source.Reads >= TotalImages);
    }

    [Fact]
    public void A_pause_is_between_two_steps_and_pausing_twice_changes_nothing()
    {
        var (training, probe) = Start(NewSetup());
        Await<TrainingProgressed>(probe);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        var status = StatusOf(training, probe);
        Assert.Equal(RunState.Paused, status.State);
        Assert.Equal(0, status.Progress!.Images % Minibatch);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new PauseTraining()));
        Assert.Equal(status.Progress, StatusOf(training, probe).Progress);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new ResumeTraining()));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ResumeTraining()));
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.Equal(RunState.Completed, StatusOf(training, probe).State);
    }

    [Fact]
    public void GrowNow_is_accepted_while_stabilising()
    {
        var (training, probe) = Start(NewSetup() with { StartPaused = true });

        Assert.IsType<CommandAccepted>(Ask(training, probe, new GrowNow()));
        Ask(training, probe, new ResumeTraining());

        var phase = Await<PhaseStarted>(probe, started => started.Images > 0);
        Assert.Equal(GrowthPhaseKind.FadeIn, phase.Phase.Kind);
        Assert.Equal(new TrainingCompleted(TotalImages - 80), AwaitEnd(probe));
    }

    [Theory]
    [InlineData(128, "fading in resolution 8")]
    [InlineData(200, "is the final one")]
    public void GrowNow_is_rejected_with_the_reason_while_fading_and_at_full_size(int images, string reason)
    {
        var setup = NewSetup();
        Run(setup with { StopAtImages = images });
        var (training, probe) = Start(setup with { Resume = true, StartPaused = true });

        var rejected = Assert.IsType<CommandRejected>(Ask(training, probe, new GrowNow()));

        Assert.Contains(reason, rejected.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void SaveCheckpoint_is_answered_when_the_checkpoint_is_on_disk()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);

        var accepted = Assert.IsType<CommandAccepted>(Ask(training, probe, new SaveCheckpoint()));

        Assert.True(File.Exists(Path.Combine(accepted.Message!, "state.safetensors")));
    }

    [Fact]
    public void SaveCheckpoint_is_rejected_with_the_reason_when_the_disk_refuses_and_training_goes_on()
    {
        var setup = NewSetup() with { StartPaused = true };
        File.WriteAllText(Path.Combine(setup.RunDirectory, "checkpoints"), "no folder");
        var (training, probe) = Start(setup);

        Assert.IsType<CommandRejected>(Ask(training, probe, new SaveCheckpoint()));

        Ask(training, probe, new ResumeTraining());
        var failed = Assert.IsType<TrainingFailed>(AwaitEnd(probe));
        Assert.Contains("last checkpoint", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(TotalImages, StatusOf(training, probe).Progress!.Images);
    }

    [Fact]
    public void Many_commands_in_a_row_get_one_reply_each()
    {
        var (training, probe) = Start(NewSetup());
        ITrainingCommand[] commands =
        [
            new PauseTraining(), new ResumeTraining(), new GrowNow(), new SaveCheckpoint(), new TakeSnapshot(), new DrawSamples(3, 1),
            new DrawSamples(0, 1), new DrawSamples(3, 1, Class: 0), new ChangeSettings { KeepCheckpoints = 2 }, new ChangeSettings { KeepCheckpoints = -1 },
        ];
        var all = Enumerable.Range(0, 50).SelectMany(_ => commands).Append(new StopTraining()).Append(new StopTraining()).Append(new SaveCheckpoint()).ToArray();
        foreach (var command in all)
            training.Tell(command, probe.Ref);

        for (var replies = 0; replies < all.Length; replies++)
            Await<CommandReply>(probe);
        Assert.IsType<TrainingStopped>(LastLifeOf(training));

        // A reply too many would come before this one.
        Assert.Equal(new CommandRejected("the training has ended"), Ask(training, probe, new PauseTraining()));
    }

    [Fact]
    public void An_end_that_hangs_is_not_buried_under_those_who_wait_for_it()
    {
        using var mayBuild = new ManualResetEventSlim();
        var cancel = Cancel;
        var (training, probe) = Start(NewSetup() with
        {
            TrainerFactory = () =>
            {
                mayBuild.Wait(cancel);
                return new ProgressiveTrainer(Options, labels: null);
            },
        });
        for (var i = 0; i < 257; i++)
            training.Tell(new StopTraining(), probe.Ref);

        Assert.Equal(new CommandRejected("the training is ending, and 256 wait for that already"), Await<CommandReply>(probe));
        mayBuild.Set();
        for (var i = 0; i < 256; i++)
            Assert.IsType<CommandAccepted>(Await<CommandReply>(probe));
    }

    [Fact]
    public void Pictures_go_into_the_runs_folder_and_their_commands_name_them()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);

        var snapshot = Assert.IsType<CommandAccepted>(Ask(training, probe, new TakeSnapshot())).Message!;
        var samples = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(5, 77))).Message!;
        AwaitCondition(() => File.Exists(Path.Combine(setup.RunDirectory, "reals.png")), cancellationToken: Cancel);

        Assert.Equal("fakes000000.png", Path.GetFileName(snapshot));
        Assert.Equal((24, 16), SizeOf(snapshot));
        Assert.Equal((24, 16), SizeOf(samples));
        Assert.Equal((24, 16), SizeOf(Path.Combine(setup.RunDirectory, "reals.png")));
    }

    [Fact]
    public void Two_snapshots_of_one_kimg_are_both_kept()
    {
        var setup = NewSetup() with { SnapshotEveryTicks = 1 };
        Run(setup);

        var names = Directory.GetFiles(setup.RunDirectory, "fakes*.png").Select(Path.GetFileName).Order();
        Assert.Equal(["fakes000000-128.png", "fakes000000-192.png", "fakes000000-256.png", "fakes000000-320.png", "fakes000000-64.png", "fakes000000.png"], names);
    }

    [Fact]
    public void Settings_changed_by_hand_hold_after_a_resume()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { SampleSeed = 9, KeepCheckpoints = 2 }));
        var refused = Assert.IsType<CommandRejected>(Ask(training, probe, new ChangeSettings { SampleSeed = 10, SnapshotEveryTicks = -3 }));
        Assert.Contains("-3", refused.Reason, StringComparison.Ordinal);
        Ask(training, probe, new StopTraining());
        Stop(training);

        var (resumed, other) = Start(setup with { Resume = true });

        var settings = StatusOf(resumed, other).Settings;
        Assert.Equal((9, 2, 0), (settings.SampleSeed, settings.KeepCheckpoints, settings.SnapshotEveryTicks));
    }

    [Fact]
    public void Only_what_was_changed_by_hand_is_kept_over_a_resume()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { SampleSeed = 9 }));
        Stop(training);
        Assert.Equal(["sample_seed"], KeptSettings(setup));

        var (resumed, other) = Start(setup with { Resume = true, KeepCheckpoints = 7, SampleSeed = 10 });

        var settings = StatusOf(resumed, other).Settings;
        Assert.Equal((9, 7), (settings.SampleSeed, settings.KeepCheckpoints));
    }

    [Fact]
    public void A_setting_given_at_a_resume_beats_an_earlier_change_by_hand_from_then_on()
    {
        var setup = NewSetup() with { StartPaused = true };
        var (training, probe) = Start(setup);
        Assert.IsType<CommandAccepted>(Ask(training, probe, new ChangeSettings { SampleSeed = 9, KeepCheckpoints = 2 }));
        Stop(training);

        var (given, other) = Start(setup with { Resume = true, SampleSeed = 11, GivenSettings = new HashSet<string> { "sample_seed", "batch" } });
        var settings = StatusOf(given, other).Settings;
        Assert.Equal((11, 2), (settings.SampleSeed, settings.KeepCheckpoints));
        Stop(given);
        Assert.Equal(["keep_checkpoints", "sample_seed"], KeptSettings(setup).Order());

        var (resumed, third) = Start(setup with { Resume = true });
        Assert.Equal(settings, StatusOf(resumed, third).Settings);
    }

    [Fact]
    public void A_labelled_source_trains_and_draws_for_an_unconditional_network()
    {
        var setup = Setup(NewFolder(), Options, new SyntheticSource(50, 8, 3, classes: 3, seed: 1)) with { StartPaused = true };
        var (training, probe) = Start(setup);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new TakeSnapshot()));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(4, 1)));
        Assert.Equal(new CommandRejected("this network has no classes"), Ask(training, probe, new DrawSamples(4, 1, Class: 0)));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
        Assert.True(File.Exists(Path.Combine(setup.RunDirectory, "reals.png")));
    }

    [Fact]
    public void A_conditional_network_draws_the_class_asked_for()
    {
        var source = new SyntheticSource(50, 8, 3, classes: 3, seed: 1);
        var options = Options with { Architecture = Options.Architecture with { LabelSize = 3 } };
        var setup = Setup(NewFolder(), options, source) with
        {
            StartPaused = true,
            TrainerFactory = () => new ProgressiveTrainer(options, new LabelTable(source.Count, 3, source.CopyLabel) { Names = source.ClassNames }),
        };
        var (training, probe) = Start(setup);

        Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(4, 1, Class: 2)));
        var named = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(4, 1, ClassName: "square")));
        Assert.EndsWith("-class1.png", named.Message, StringComparison.Ordinal);
        Assert.Equal(new CommandRejected("this network has no class 'round'"), Ask(training, probe, new DrawSamples(4, 1, ClassName: "round")));
        Assert.IsType<CommandRejected>(Ask(training, probe, new DrawSamples(4, 1, Class: 3)));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void Attributes_are_asked_for_together_and_rows_of_the_grid_are_whole_labels()
    {
        var source = new SyntheticSource(50, 8, 3, classes: 4, seed: 1);
        var options = Options with { Architecture = Options.Architecture with { LabelSize = 4, LabelGroups = [2, 2] } };
        var labels = new LabelTable(source.Count, 4, (index, label) => new float[] { index % 2, 1 - index % 2, 0, 1 }.CopyTo(label)) { Names = ["hair=red", "hair=black", "hat=no", "hat=yes"] };
        var setup = Setup(NewFolder(), options, source) with { StartPaused = true, TrainerFactory = () => new ProgressiveTrainer(options, labels) };
        var (training, probe) = Start(setup);

        var both = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1, ClassName: "hat=yes+hair=black"))).Message!;
        Assert.EndsWith("-class3_1.png", both, StringComparison.Ordinal);
        var hat = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1, ClassName: "3"))).Message!;
        var whole = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1, ClassName: "hair=red + hat=yes"))).Message!;
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(hat)); // what is not named has its first value
        Assert.NotEqual(File.ReadAllBytes(both), File.ReadAllBytes(hat));
        Assert.Equal(new CommandRejected("two of 'hair=red+hair=black' are values of one attribute"), Ask(training, probe, new DrawSamples(1, 1, ClassName: "hair=red+hair=black")));
        Assert.Equal(new CommandRejected("this network has no class 'hair=red+4'"), Ask(training, probe, new DrawSamples(1, 1, ClassName: "hair=red+4")));
        Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(4, 1)));
        Assert.Equal(("1+3", "0+3"), (TextOf(both, "class"), TextOf(hat, "class")));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    [Fact]
    public void Flags_are_drawn_without_one_too()
    {
        var source = new SyntheticSource(50, 8, 3, classes: 2, seed: 1);
        var options = Options with { Architecture = Options.Architecture with { LabelSize = 2, LabelGroups = [1, 1] } };
        var labels = new LabelTable(source.Count, 2, (index, label) => new float[] { index % 2, index / 2 % 2 }.CopyTo(label)) { Names = ["Young", "0"] };
        var setup = Setup(NewFolder(), options, source) with { StartPaused = true, TrainerFactory = () => new ProgressiveTrainer(options, labels) };
        var (training, probe) = Start(setup);

        var none = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1, ClassName: "none"))).Message!;
        Assert.EndsWith("-classnone.png", none, StringComparison.Ordinal);
        Assert.Equal("none", TextOf(none, "class"));
        var turn = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1))).Message!;
        Assert.Null(TextOf(turn, "class"));
        Assert.Equal(PixelsOf(none), PixelsOf(turn)); // the first of those in turn
        var second = Assert.IsType<CommandAccepted>(Ask(training, probe, new DrawSamples(1, 1, ClassName: "0"))).Message!;
        Assert.EndsWith("-class1.png", second, StringComparison.Ordinal); // a name goes before a place
        Assert.NotEqual(PixelsOf(none), PixelsOf(second));
        Ask(training, probe, new ResumeTraining());
        Assert.IsType<TrainingCompleted>(AwaitEnd(probe));
    }

    private static string? TextOf(string path, string keyword)
    {
        using var picture = NetVips.Image.NewFromFile(path);
        return picture.GetFields().FirstOrDefault(field => field.StartsWith("png-comment-", StringComparison.Ordinal) && field.EndsWith("-" + keyword, StringComparison.Ordinal)) is { } found
            ? (string)picture.Get(found) : null;
    }

    private static byte[] PixelsOf(string path)
    {
        using var picture = NetVips.Image.NewFromFile(path);
        return picture.WriteToMemory<byte>();
    }

    private static IEnumerable<string> KeptSettings(TrainingSetup setup) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(setup.RunDirectory, "settings.json")))!.AsObject().Select(setting => setting.Key);

    private ITrainingEvent LastLifeOf(IActorRef training)
    {
        var late = CreateTestProbe();
        training.Tell(new SubscribeToEvents(late.Ref));
        return late.ExpectMsg<ITrainingEvent>(cancellationToken: Cancel);
    }

    private static (int Width, int Height) SizeOf(string path)
    {
        using var image = ImageCodec.Decode(File.ReadAllBytes(path), new DecodeOptions());
        return (image.Width, image.Height);
    }
}
