using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>
/// Options that have tests of their own go together: every two values of different options, where they aren't refused, are in a training that learns, and
/// that ends in the same bytes when it is stopped halfway and resumed.
/// </summary>
public sealed class CombinationTests
{
    private static readonly Dictionary<string, string[]> Values = new()
    {
        ["base"] = ["4x4", "4x6"],
        ["channels"] = ["3", "1", "4"],
        ["labels"] = ["off", "on"],
        ["layout"] = ["progressive", "dcgan"],
        ["conventions"] = ["official", "gan-zoo"],
        ["loss"] = ["wgan-gp", "lsgan", "lsgan-nash", "dcgan", "logistic"],
        ["precision"] = ["fp32", "bf16"],
        ["device"] = ["cpu", "cpu,cpu"],
        ["initial_resolution"] = ["4", "8"],
        ["discriminator_noise"] = ["off", "gdrop", "instance"],
        ["gdpp_weight"] = ["0", "1"],
        ["simultaneous_update"] = ["false", "true"],
        ["equalized_learning_rate"] = ["true", "false"],
        ["leaky_relu"] = ["true", "false"],
        ["pixel_norm"] = ["true", "false"],
        ["normalize_latents"] = ["true", "false"],
        ["normalize_labels"] = ["true", "false"],
        ["batch_norm"] = ["false", "true"],
        ["layer_norm"] = ["false", "true"],
        ["discrimination_kernels"] = ["0", "3"],
        ["stddev_group"] = ["4", "1", "2"],
        ["tanh_output"] = ["false", "true"],
        ["fused_scale"] = ["true", "false"],
        ["feature_maps"] = ["null", "[8,8,4]"],
        ["penalty_scale"] = ["official", "native"],
        ["micro_batch"] = ["{}", "{\"4\":4}"],
        ["minibatch_repeats"] = ["4", "1"],
        ["discriminator_repeats"] = ["1", "2"],
        ["ema_beta"] = ["0.999", "0"],
        ["ema_half_life_kimg"] = ["0", "0.05"],
        ["ramp_kimg"] = ["0", "0.05"],
        ["reset_optimizers"] = ["true", "false"],
        ["g_label_weight"] = ["null", "0.5"],
        ["label_loss"] = ["both", "reals"],
        ["even_labels"] = ["false", "true"],
        ["balance_labels"] = ["false", "true"],
        ["average_after"] = ["d", "g"],
        ["restart_average"] = ["false", "true"],
        ["reset_after_fade"] = ["true", "false"],
    };

    private static readonly LabelTable Labels = new(4, 3, (index, label) =>
    {
        label.Clear();
        label[index % 2] = 1;
        label[2] = index / 2;
    })
    {
        Names = ["hat=red", "hat=blue", "beard"],
    };

    /// <summary>Combinations by their number, so that a failure can be run again alone.</summary>
    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, All.Value.Count)];

    private static Lazy<IReadOnlyList<string>> All { get; } = new(() => Combinations());

    [Theory]
    [MemberData(nameof(Numbers))]
    public void It_learns_and_resumes(int number)
    {
        TrainerOptions options = OptionsOf(All.Value[number].Split(' '))!;
        LabelTable? labels = options.Architecture.LabelSize > 0 ? Labels : null;
        Checkpoint? halfway = null;
        using ProgressiveTrainer whole = new(options, labels);
        while (!whole.Completed)
        {
            if (halfway is null && whole.Progress.ScheduleImages >= whole.Schedule.TotalImages / 2)
                halfway = whole.Capture(0, null);
            StepMetrics step = Step(whole);
            Assert.True(step.SkippedUpdates == 0 && float.IsFinite((float)step.DiscriminatorLoss), All.Value[number]);
        }

        using ProgressiveTrainer resumed = new(options, labels);
        resumed.Restore(halfway!);
        while (!resumed.Completed)
            Step(resumed);
        Checkpoint expected = whole.Capture(0, null);
        Checkpoint actual = resumed.Capture(0, null);
        Assert.Equal((expected.State.Progress, expected.State.NoiseAverage), (actual.State.Progress, actual.State.NoiseAverage));
        foreach ((string name, HostTensor tensor) in expected.Tensors)
            Assert.True(tensor.Data.AsSpan().SequenceEqual(actual.Tensors[name].Data), $"{name} of {All.Value[number]}");
    }

    [Fact]
    public void Most_pairs_are_tried()
    {
        HashSet<string> tried = [.. All.Value.SelectMany(combination => Pairs(combination.Split(' ')))];
        HashSet<string> possible = [.. Pairs([.. Values.SelectMany(axis => axis.Value.Select(value => $"{axis.Key}={value}"))])];
        Assert.InRange(tried.Count, possible.Count * 9 / 10, possible.Count);
    }

    /// <summary>One step on images that are a function of the place.</summary>
    private static StepMetrics Step(ProgressiveTrainer trainer)
    {
        NetworkArchitecture architecture = trainer.Options.Architecture;
        int minibatch = trainer.Point.Minibatch;
        byte[] images = new byte[minibatch * architecture.BytesAt(trainer.Point.Stage.Resolution)];
        new Random((int)trainer.Progress.Images).NextBytes(images);
        float[] labels = new float[minibatch * architecture.LabelSize];
        for (int i = 0; i < minibatch && labels.Length > 0; i++)
            Labels.Copy(i % Labels.Count, labels.AsSpan(i * Labels.Size, Labels.Size));
        return trainer.Step(images, labels);
    }

    /// <summary>
    /// Each begins with a pair that none before it has and goes on with one value of every other option, one that brings most new pairs among those that are
    /// not refused.
    /// </summary>
    private static List<string> Combinations()
    {
        Random random = new(1);
        List<string> all = [];
        HashSet<string> tried = [];
        string[] assignments = [.. Values.SelectMany(axis => axis.Value.Select(value => $"{axis.Key}={value}"))];
        foreach (string first in assignments)
        {
            foreach (string second in assignments.Where(second => KeyOf(second) != KeyOf(first) && !tried.Contains(Pair(first, second))))
            {
                List<string> chosen = [first, second];
                if (OptionsOf(chosen) is null)
                    continue;
                string[] others = [.. Values.Keys.Except(chosen.Select(KeyOf))];
                random.Shuffle(others);
                foreach (string key in others)
                {
                    IEnumerable<string> best = Values[key].Select(value => $"{key}={value}").OrderByDescending(a => chosen.Count(c => !tried.Contains(Pair(a, c))));
                    if (best.FirstOrDefault(a => OptionsOf([.. chosen, a]) is not null) is { } fitting)
                        chosen.Add(fitting);
                }

                tried.UnionWith(Pairs(chosen));
                all.Add(string.Join(' ', chosen));
            }
        }

        return all;
    }

    private static IEnumerable<string> Pairs(IReadOnlyList<string> assignments) =>
        assignments.SelectMany(a => assignments.Where(b => string.CompareOrdinal(KeyOf(a), KeyOf(b)) < 0).Select(b => Pair(a, b)));

    private static string Pair(string a, string b) => string.CompareOrdinal(a, b) < 0 ? $"{a} {b}" : $"{b} {a}";

    private static string KeyOf(string assignment) => assignment[..assignment.IndexOf('=', StringComparison.Ordinal)];

    /// <summary>A tiny training with these options, or null where they are refused.</summary>
    private static TrainerOptions? OptionsOf(IReadOnlyCollection<string> assignments)
    {
        // A DCGAN is what its preset says, whatever is changed then.
        DatasetFacts data = new(1000, 64, 3, MirrorIsSafe: true);
        string preset = assignments.Contains("layout=dcgan") ? DcganPreset.Name : Presets.Auto;
        JsonObject document = OptionsDocument.From(Presets.Create(preset, data, new MachineFacts(false, 2, 16L << 30), new PresetWishes(8, TotalKimg: 1)));
        string[] tiny = ["fmap_base=32", "fmap_max=8", "latent=8", "minibatch={\"default\":8}", "train_kimg=0.024", "fade_kimg=0.024", "total_kimg=0.096"];
        try
        {
            foreach (string assignment in (string[])[.. tiny, .. assignments])
                OptionsDocument.Set(document, assignment);
            RunOptions options = OptionsDocument.To(document);
            int labelSize = options.Labels == LabelMode.On ? Labels.Size : 0;
            TrainerOptions trainer = options.ToTrainerOptions(labelSize);
            if (labelSize > 0)
                trainer = trainer with { Architecture = trainer.Architecture with { LabelGroups = LabelGroups.Of(Labels, null) } };
            options.Validate();
            trainer.Validate();
            return trainer;
        }
        catch (Exception e) when (e is ArgumentException or UserException)
        {
            Assert.True(e.Message.Length is > 20 and < 400, e.Message);
            return null;
        }
    }
}
