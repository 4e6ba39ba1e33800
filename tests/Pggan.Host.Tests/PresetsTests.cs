using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class PresetsTests
{
    [Theory]
    [InlineData(4, 6, 64)]
    [InlineData(4, 8, 64)]
    [InlineData(4, 9, 32)]
    [InlineData(16, 9, 16)]
    public void Auto_takes_at_most_twice_the_pixels_of_its_squares(int width, int height, int resolution)
    {
        DatasetFacts facts = CelebA with { Base = new BaseSize(width, height), Resolution = 256 };
        RunOptions o = Presets.Create("auto", facts, new MachineFacts(false, 2, 64L << 30), new PresetWishes());
        Assert.Equal((resolution, facts.Base), (o.Resolution, o.Base));
        Assert.Equal(256, Presets.Create("auto", facts, new MachineFacts(false, 2, 64L << 30), new PresetWishes(256)).Resolution);
    }

    private static readonly DatasetFacts CelebA = new(30000, 1024, 3, MirrorIsSafe: false);
    private static readonly MachineFacts Machine = new(IsCuda: true, Cores: 8, MemoryBytes: 32L << 30);

    public static TheoryData<string> AllNames => [.. Presets.Names];

    /// <summary>The oracle's files were made by the reference's own code from the values in their first line.</summary>
    [Theory]
    [InlineData("paper", "schedule-celebahq-1gpu.csv", 1024)]
    [InlineData("8gpu", "schedule-celebahq-8gpu.csv", 1024)]
    public void An_official_preset_has_the_references_schedule(string preset, string file, int resolution)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "oracle", file));
        using JsonDocument header = JsonDocument.Parse(lines[0].TrimStart('#'));
        RunOptions options = Presets.Create(preset, CelebA, Machine, new PresetWishes()) with
        {
            // The oracle's phases are its own test values.
            TrainKimg = Number(header, "lod_training_kimg", 600),
            FadeKimg = Number(header, "lod_transition_kimg", 600),
        };
        options = options with { MaxMinibatchPerDevice = new Dictionary<int, int>() };
        Assert.Equal(resolution, options.Resolution);
        Assert.Equal(Number(header, "num_gpus", 1), options.Devices);
        Assert.Equal(Number(header, "minibatch_base", 0), options.Minibatch.Default);

        GrowthSchedule schedule = GrowthSchedule.Create(options.ToTrainerOptions(0).Schedule);
        int rows = 0;
        foreach (string[] row in lines.Skip(2).Select(l => l.Split(',')))
        {
            SchedulePoint at = schedule.At(double.Parse(row[0], CultureInfo.InvariantCulture));
            double[] expected = [.. row.Skip(2).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
            double[] actual = [at.Stage.Resolution, at.Minibatch, at.GeneratorLearningRate, at.DiscriminatorLearningRate, at.TickKimg];
            Assert.Equal(expected, actual);
            rows++;
        }
        Assert.True(rows > 10);
    }

    [Fact]
    public void A_run_of_another_length_spends_it_alike_on_all_phases()
    {
        DatasetFacts portraits = new(997, 64, 3, MirrorIsSafe: true);
        MachineFacts small = new(IsCuda: false, Cores: 2, MemoryBytes: 16L << 30);
        RunOptions usual = Create(new PresetWishes()), half = Create(new PresetWishes(TotalKimg: usual.TotalKimg / 2));
        Assert.Equal((usual.TrainKimg.Default / 2, usual.FadeKimg.Default / 2, usual.TotalKimg / 2), (half.TrainKimg.Default, half.FadeKimg.Default, half.TotalKimg));

        // Phases that are given stay as they are.
        RunOptions fixedPhases = Create(new PresetWishes(TrainKimg: usual.TrainKimg.Default, TotalKimg: 10));
        Assert.Equal((usual.TrainKimg.Default, usual.FadeKimg.Default), (fixedPhases.TrainKimg.Default, fixedPhases.FadeKimg.Default));

        RunOptions Create(PresetWishes wishes) => Presets.Create("auto", portraits, small, wishes);
    }

    [Theory]
    [InlineData("paper", 600, 600, 12000, 4, 1)]
    [InlineData("v1", 800, 800, 19000, 16, 1)]
    [InlineData("2gpu", 600, 600, 12000, 4, 2)]
    [InlineData("4gpu", 600, 600, 12000, 4, 4)]
    [InlineData("8gpu", 600, 600, 12000, 4, 8)]
    [InlineData("cifar10", 400, 400, 20000, 16, 1)]
    public void An_official_preset_has_the_references_lengths(string preset, double train, double fade, double total, int group, int devices)
    {
        RunOptions o = Presets.Create(preset, CelebA, Machine, new PresetWishes());
        Assert.Equal((train, fade, total, group, devices), (o.TrainKimg.Default, o.FadeKimg.Default, o.TotalKimg, o.StddevGroup, o.Devices));
        Assert.Equal("256:16 512:8 1024:4", string.Join(' ', o.MaxMinibatchPerDevice.OrderBy(e => e.Key).Select(e => $"{e.Key}:{e.Value}")));
    }

    [Fact]
    public void The_first_version_and_the_middle_machines_have_their_tables()
    {
        static string Text<T>(ResolutionTable<T> t)
            where T : struct => $"{t.Default}; " + string.Join(' ', t.At.OrderBy(e => e.Key).Select(e => $"{e.Key}:{e.Value}"));
        RunOptions Of(string name) => Presets.Create(name, CelebA, Machine, new PresetWishes());
        Assert.Equal("16; 256:14 512:6 1024:3", Text(Of("v1").Minibatch));
        Assert.Equal("0.001; ", Text(Of("v1").GLearningRate));
        Assert.Equal("8; 4:256 8:256 16:128 32:64 64:32 128:16 256:8", Text(Of("2gpu").Minibatch));
        Assert.Equal("0.001; 512:0.0015 1024:0.002", Text(Of("2gpu").DLearningRate));
        Assert.Equal("16; 4:512 8:256 16:128 32:64 64:32 128:16", Text(Of("4gpu").Minibatch));
        Assert.Equal("0.001; 256:0.0015 512:0.002 1024:0.003", Text(Of("4gpu").GLearningRate));
    }

    [Theory]
    [InlineData("2gpu", 2)]
    [InlineData("4gpu", 4)]
    [InlineData("8gpu", 8)]
    [InlineData("8gpu", 2)]
    [InlineData("auto", 2)]
    [InlineData("auto", 8)]
    [InlineData("ablation-no-stddev", 8)]
    public void A_preset_s_minibatches_can_be_shared_by_its_devices(string preset, int devices)
    {
        RunOptions o = Presets.Create(preset, CelebA, Machine with { Devices = devices }, new PresetWishes()) with
        {
            Device = string.Join(',', Enumerable.Range(0, devices).Select(index => $"cuda:{index}")),
        };
        o.ToTrainerOptions(0).Validate();
        if (preset == "auto")
            Assert.Equal((4 * devices, 128), (o.Minibatch.At[1024], o.Minibatch.At[4]));
    }

    [Fact]
    public void Auto_on_one_device_has_the_minibatches_that_it_had()
    {
        RunOptions o = Presets.Create("auto", CelebA, Machine, new PresetWishes());
        Assert.Equal("4: 4:128 8:128 16:128 32:64 64:32 128:16 256:8 512:4 1024:4", $"{o.Minibatch.Default}: {string.Join(' ', o.Minibatch.At.OrderBy(e => e.Key).Select(e => $"{e.Key}:{e.Value}"))}");
    }

    [Fact]
    public void Cifar10_is_the_papers_network()
    {
        RunOptions o = Presets.Create("cifar10", CelebA, Machine, new PresetWishes());
        Assert.Equal((4096, 128, 128, 32, 750d), (o.FmapBase, o.FmapMax, o.Latent, o.Resolution, o.PenaltyTarget));
        Assert.Equal((16, 0, 1, false, true), (o.Minibatch.Default, o.Minibatch.At.Count, o.MinibatchRepeats, o.FusedScale, o.SimultaneousUpdate));
    }

    [Theory]
    [MemberData(nameof(AllNames))]
    public void Every_preset_is_valid_at_every_resolution_and_on_every_machine(string preset)
    {
        foreach (int resolution in new[] { 4, 8, 32, 64, 128, 256, 1024 })
        {
            foreach (MachineFacts machine in new[] { new MachineFacts(false, 2, 4L << 30), new MachineFacts(false, 64, 64L << 30), Machine })
            {
                RunOptions o = Presets.Create(preset, CelebA with { Resolution = resolution, Count = 100 }, machine, new PresetWishes());
                o.Validate();
                o.ToTrainerOptions(10).Validate();
            }
        }
    }

    [Theory]
    [InlineData("ablation-no-growing", "initial_resolution=64")]
    [InlineData("ablation-no-pixelnorm", "pixel_norm=false")]
    [InlineData("ablation-no-equalized", "equalized_learning_rate=false")]
    [InlineData("ablation-no-stddev", "stddev_group=1")]
    [InlineData("ablation-no-smoothing", "ema_beta=0 ema_half_life_kimg=0")]
    [InlineData("ablation-no-leakyrelu", "leaky_relu=false")]
    [InlineData("ablation-no-repeat", "minibatch_repeats=1")]
    [InlineData("ablation-no-reset", "reset_optimizers=false")]
    public void An_ablation_is_auto_with_one_thing_changed(string preset, string changes)
    {
        MachineFacts cpu = new(IsCuda: false, Cores: 2, MemoryBytes: 16L << 30);
        JsonObject auto = Document(Presets.Auto), ablation = Document(preset);
        Assert.Equal(changes, string.Join(' ', ablation.Where(o => !JsonNode.DeepEquals(o.Value, auto[o.Key])).Select(o => $"{o.Key}={o.Value!.ToJsonString()}").Order()));

        JsonObject Document(string name) =>
            OptionsDocument.From(Presets.Create(name, CelebA with { Resolution = 64 }, cpu, new PresetWishes()) with { Preset = Presets.Auto });
    }

    /// <summary>pgan_config.py by its own rule: alpha, the old network's share, falls by a 600th every 32 iterations from the first of a scale on.</summary>
    [Theory]
    [InlineData(64, 4, 6912)]
    [InlineData(64, 16, 4300.8)]
    [InlineData(1024, 4, 14720)]
    [InlineData(4, 4, 768)]
    public void The_zoos_preset_has_its_schedule(int resolution, int first, double total)
    {
        RunOptions o = Presets.Create("gan-zoo", CelebA, Machine, new PresetWishes(resolution, first == 4 ? null : first));
        Assert.Equal(total, o.TotalKimg, 1e-9);
        GrowthSchedule schedule = GrowthSchedule.Create(o.ToTrainerOptions(0).Schedule);
        long start = 0; // iterations
        for (int scale = first; scale <= resolution; scale *= 2)
        {
            int fading = scale > first ? 600 * 32 : 0, all = scale switch { 4 => 48_000, 1024 => 200_000, _ => 96_000 };
            all -= scale == first && scale > 4 ? 600 * 32 : 0; // it has faded in before
            for (int iteration = 0; iteration < all; iteration += 32)
            {
                SchedulePoint at = schedule.At((start + iteration) * 16);
                double alpha = Math.Max(0, 1 - iteration / 32 / 600.0);

                // The first 32 of a fade are none here: the old network alone, as it was.
                GrowthStage expected = fading == 0 ? GrowthStage.Grown(scale) : alpha == 1 ? GrowthStage.Grown(scale / 2) : new GrowthStage(scale, 1 - alpha);
                Assert.True((expected.Resolution, 16) == (at.Stage.Resolution, at.Minibatch) && Math.Abs(expected.Alpha - at.Stage.Alpha) < 1e-9, $"{scale} px, iteration {iteration}: {at.Stage}");
            }
            start += all;
        }
        Assert.Equal(start * 16 / 1000.0, o.TotalKimg, 1e-9);
    }

    [Fact]
    public void The_zoos_preset_has_its_networks_and_numbers()
    {
        RunOptions o = Presets.Create("gan-zoo", CelebA, Machine, new PresetWishes());
        TrainerOptions trainer = o.ToTrainerOptions(0);
        Assert.Equal([512, 512, 512, 512, 256, 128, 64, 32, 16], Enumerable.Range(1, 9).Select(trainer.Architecture.FeatureMaps));
        Assert.Equal((512, 4, NetworkConventions.GanZoo, false), (trainer.Architecture.Latents, trainer.Architecture.StdDevGroup, trainer.Architecture.Conventions, trainer.Architecture.FusedScale));
        Assert.Equal((10, 1, PenaltyScale.Native, 0.001), (trainer.PenaltyWeight, trainer.PenaltyTarget, trainer.PenaltyScale, trainer.Drift));
        Assert.Equal((0.001, 0.001, 0, 0.99, 1e-8 / 16), (o.GLearningRate.Default, o.DLearningRate.Default, o.Beta1, o.Beta2, o.Epsilon));
        Assert.Equal((LabelLossScope.Reals, true, false, 1 / 16.0), (o.LabelLoss, o.EvenLabels, o.BalanceLabels, o.LabelWeight));
        Assert.Equal((AverageAfter.G, true, 0.999, 0), (o.AverageAfter, o.RestartAverage, o.EmaBeta, o.EmaHalfLifeKimg));
        Assert.Equal((true, false, 1), (o.ResetOptimizers, o.ResetAfterFade, o.DiscriminatorRepeats));
    }

    [Fact]
    public void Dcgan_has_the_papers_numbers_on_a_gpu_and_a_quarter_of_its_width_on_a_cpu()
    {
        RunOptions gpu = Presets.Create("dcgan", CelebA with { Resolution = 64 }, Machine, new PresetWishes());
        NetworkArchitecture a = gpu.ToTrainerOptions(0).Architecture;
        Assert.Equal([1024, 512, 256, 128], Enumerable.Range(1, 4).Select(a.FeatureMaps));
        Assert.Equal((100, 128, 64, 64), (a.Latents, gpu.Minibatch.Default, gpu.InitialResolution, gpu.Resolution));
        Assert.Equal((0.0002, 0.0002, 0.5, 0.999), (gpu.GLearningRate.Default, gpu.DLearningRate.Default, gpu.Beta1, gpu.Beta2));
        Assert.Equal((AdversarialLoss.Dcgan, NetworkLayout.Dcgan, 0d, 1), (gpu.Loss, gpu.Layout, gpu.EmaBeta, gpu.MinibatchRepeats));

        MachineFacts two = new(IsCuda: false, Cores: 2, MemoryBytes: 16L << 30);
        RunOptions cpu = Presets.Create("dcgan", CelebA with { Resolution = 64 }, two, new PresetWishes());
        Assert.Equal([256, 128, 64, 32], Enumerable.Range(1, 4).Select(cpu.ToTrainerOptions(0).Architecture.FeatureMaps));
        Assert.Equal(64, cpu.Minibatch.Default);
        Assert.Equal(Presets.Create(Presets.Auto, CelebA with { Resolution = 64 }, two, new PresetWishes()).TotalKimg, cpu.TotalKimg);
    }

    [Fact]
    public void Auto_ends_after_full_growth_also_with_phases_of_the_users_length()
    {
        MachineFacts small = new(false, 2, 4L << 30);
        RunOptions o = Presets.Create("auto", CelebA with { Resolution = 64, Count = 997 }, small, new PresetWishes(TrainKimg: 1, FadeKimg: 3));
        GrowthSchedule schedule = GrowthSchedule.Create(o.ToTrainerOptions(0).Schedule);
        Assert.Equal(64, o.Resolution);
        Assert.Equal(16_000, schedule.Phases[^1].StartImages);
        Assert.InRange(o.TotalKimg, 16.5, 40);
    }

    [Theory]
    [InlineData(64, 64L << 20)]
    [InlineData(128, 256L << 20)]
    [InlineData(1024, 4L << 30)]
    public void Auto_fits_a_cpus_memory(int resolution, long memory)
    {
        RunOptions o = Presets.Create("auto", CelebA, new MachineFacts(false, 2, memory), new PresetWishes(resolution));
        o.ToTrainerOptions(0).Validate();
        Assert.InRange(CostEstimator.Estimate(o.ToTrainerOptions(0), 1e9).Max(e => e.Bytes), 0, memory / 2);
        Assert.True(o.Minibatch.At[resolution] < 16);
        Assert.Equal(64, Presets.Create("auto", CelebA, new MachineFacts(false, 2, 1L << 40), new PresetWishes(resolution)).FmapMax);
    }

    [Fact]
    public void Auto_lowers_minibatches_first_and_never_to_nothing()
    {
        RunOptions Of(long memory) => Presets.Create("auto", CelebA, new MachineFacts(false, 2, memory), new PresetWishes(64));
        RunOptions tiny = Of(1 << 20), little = Of(300L << 20);
        Assert.Equal((4, 8, 64), (tiny.Minibatch.At[64], tiny.FmapMax, tiny.FmapBase));
        Assert.Equal((64, 512), (little.FmapMax, little.FmapBase));
        Assert.Empty(Of(32L << 30).Minibatch.At);
        tiny.ToTrainerOptions(0).Validate();
    }

    [Theory]
    [InlineData(199, 12, 20)]
    [InlineData(200, 24, 40)]
    [InlineData(30000, 24, 40)]
    public void Auto_shows_a_cpus_few_images_less_often(int images, double phase, double last)
    {
        RunOptions o = Presets.Create("auto", CelebA with { Count = images, Resolution = 64 }, new MachineFacts(false, 2, 8L << 30), new PresetWishes());
        Assert.Equal((phase, phase, 8 * phase + last), (o.TrainKimg.Default, o.FadeKimg.Default, o.TotalKimg));
    }

    private static double Number(JsonDocument header, string name, double otherwise) =>
        header.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;
}
