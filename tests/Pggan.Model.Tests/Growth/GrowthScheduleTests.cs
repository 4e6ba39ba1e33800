using System.Globalization;
using System.Text.Json;
using CsCheck;

namespace Pggan.Model.Tests;

public sealed class GrowthScheduleTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("schedule-*.csv");

    [Theory]
    [MemberData(nameof(Files))]
    public void The_schedule_is_the_official_one_at_every_given_count(string file)
    {
        string[] lines = File.ReadAllLines(OracleFiles.PathOf(file));
        GrowthSchedule schedule = GrowthSchedule.Create(Options(JsonDocument.Parse(lines[0].TrimStart('#', ' ')).RootElement));
        string[] columns = lines[1].Split(',');
        Assert.True(lines.Length > 2);
        foreach (string line in lines.Skip(2).Where(l => l.Length > 0))
        {
            Dictionary<string, double> expected = columns.Zip(line.Split(','))
                .ToDictionary(c => c.First, c => double.Parse(c.Second, CultureInfo.InvariantCulture));
            SchedulePoint point = schedule.At(expected["nimg"]);
            Assert.Equal(expected["lod"], point.Lod, 6e-9); // the file has eight decimals
            Assert.Equal(expected["resolution"], point.Stage.Resolution);
            Assert.Equal(expected["minibatch"], point.Minibatch);
            Assert.Equal(expected["g_lrate"], point.GeneratorLearningRate);
            Assert.Equal(expected["d_lrate"], point.DiscriminatorLearningRate);
            Assert.Equal(expected["tick_kimg"], point.TickKimg);
        }
    }

    [Fact]
    public void The_level_of_detail_never_rises_and_phases_follow_each_other_without_a_gap() =>
        Any.Sample(options =>
        {
            GrowthSchedule schedule = GrowthSchedule.Create(options);
            Assert.Equal(0, schedule.Phases[0].StartImages);
            Assert.All(schedule.Phases, p => Assert.True(p.Images > 0));
            for (int i = 1; i < schedule.Phases.Count; i++)
                Assert.Equal(schedule.Phases[i - 1].EndImages, schedule.Phases[i].StartImages, 1e-6);
            Assert.Equal(options.Resolution, schedule.Phases[^1].Resolution);
            double last = double.MaxValue;
            for (double images = 0; images < schedule.Phases[^1].StartImages + 1000; images += 97)
            {
                SchedulePoint point = schedule.At(images);
                Assert.True(point.Lod <= last);
                Assert.InRange(point.Stage.Alpha, double.Epsilon, 1);
                Assert.InRange(point.Stage.Resolution, options.InitialResolution, options.Resolution);
                Assert.Equal(point.Lod, Math.Log2(options.Resolution / point.Stage.Resolution) + 1 - point.Stage.Alpha, 1e-9);
                if (point.Stage.IsFading)
                    Assert.Equal((GrowthPhaseKind.FadeIn, point.Stage.Resolution), (point.Phase.Kind, point.Phase.Resolution));
                last = point.Lod;
            }
        }, iter: 60);

    /// <summary>Lengths such as 0.1 and 0.3 have no exact sum, and rounding is worst where phases meet: so all of them, not a sample.</summary>
    [Fact]
    public void Where_phases_meet_the_stage_is_whole_and_its_phase_the_right_one()
    {
        for (int train = 0; train <= 60; train++)
        {
            for (int fade = train == 0 ? 1 : 0; fade <= 60; fade++)
                AssertWhereTheyMeet(train, fade, growths: 5);
        }
    }

    private static void AssertWhereTheyMeet(int train, int fade, int growths)
    {
        GrowthSchedule schedule = GrowthSchedule.Create(new GrowthScheduleOptions
        {
            Resolution = 4 << growths,
            TrainKimg = train / 10.0,
            FadeKimg = fade / 10.0,
            TotalKimg = 1000,
        });
        int resolution = 4;
        for (int growth = 0; growth < growths; growth++, resolution *= 2)
        {
            long start = growth * (train + fade) * 100L;
            AssertStage(schedule, start, resolution, isFading: false);
            AssertStage(schedule, start + train * 100L, fade > 0 ? resolution : resolution * 2, isFading: false);
            if (fade > 0)
            {
                AssertStage(schedule, start + train * 100L + 1, resolution * 2, isFading: true);
                AssertStage(schedule, start + (train + fade) * 100L - 1, resolution * 2, isFading: true);
            }
            if (train > 0)
                AssertStage(schedule, start + train * 100L - 1, resolution, isFading: false);
        }
        AssertStage(schedule, 900_000, resolution, isFading: false);
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(0.3)]
    [InlineData(0.999)]
    public void A_run_that_begins_in_a_fade_in_does_what_another_does_from_there_on(double alpha)
    {
        GrowthScheduleOptions options = new() { Resolution = 32, InitialResolution = 8, TrainKimg = 2, FadeKimg = 5, TotalKimg = 100, Minibatch = new Dictionary<int, int> { [32] = 4 } };
        GrowthSchedule whole = GrowthSchedule.Create(options), rest = GrowthSchedule.Create(options with { InitialResolution = 16, InitialAlpha = alpha });
        Assert.Equal((16, alpha), (rest.At(0).Stage.Resolution, Math.Round(rest.At(0).Stage.Alpha, 12)));
        Assert.Equal((GrowthPhaseKind.FadeIn, 16, 0), (rest.Phases[0].Kind, rest.Phases[0].Resolution, rest.Phases[0].StartImages));
        Assert.Equal(5000 * (1 - alpha), rest.Phases[0].Images, 1e-9);
        Assert.Equal(whole.Phases.Skip(1).Select(p => (p.Kind, p.Resolution)), rest.Phases.Select(p => (p.Kind, p.Resolution)));
        Assert.Equal([16, 32], rest.Resolutions);
        for (int images = 0; images < 20_000; images += 97)
        {
            SchedulePoint expected = whole.At(images + 2000 + 5000 * alpha), point = rest.At(images);
            Assert.Equal(expected.Lod, point.Lod, 1e-9);
            Assert.Equal((expected.Minibatch, expected.Phase.Kind, expected.Phase.Resolution), (point.Minibatch, point.Phase.Kind, point.Phase.Resolution));
        }

        // In a schedule whose fades are shorter the place keeps its alpha.
        GrowthSchedule shorter = GrowthSchedule.Create(options with { InitialResolution = 16, InitialAlpha = alpha, FadeKimg = 1 });
        Assert.Equal(rest.At(1000).Lod, shorter.At(rest.MapTo(shorter, 1000)).Lod, 1e-9);
        Assert.Equal(0, rest.MapTo(shorter, 0));
    }

    [Fact]
    public void Bad_numbers_are_refused_by_name()
    {
        Assert.Contains("resolution 48", Refusal(new GrowthScheduleOptions { Resolution = 48 }), StringComparison.Ordinal);
        Assert.Contains("initial resolution 128", Refusal(new GrowthScheduleOptions { InitialResolution = 128 }), StringComparison.Ordinal);
        Assert.Contains("initial alpha 0 must be from 0.000001 to 1", Refusal(new GrowthScheduleOptions { InitialResolution = 8, InitialAlpha = 0 }), StringComparison.Ordinal);
        Assert.Contains("none leads to an initial resolution of 4", Refusal(new GrowthScheduleOptions { InitialAlpha = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("the fade-in of 8 px, whose fade kimg is 0", Refusal(new GrowthScheduleOptions { InitialResolution = 8, InitialAlpha = 0.5, FadeKimg = 0 }), StringComparison.Ordinal);
        Assert.Contains("train kimg -1", Refusal(new GrowthScheduleOptions { TrainKimg = -1 }), StringComparison.Ordinal);
        Assert.Contains("fade kimg NaN", Refusal(new GrowthScheduleOptions { FadeKimg = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("both 0", Refusal(new GrowthScheduleOptions { TrainKimg = 0, FadeKimg = 0 }), StringComparison.Ordinal);
        Assert.Contains("minibatch 0", Refusal(new GrowthScheduleOptions { Minibatch = new Dictionary<int, int> { [8] = 0 } }), StringComparison.Ordinal);
        Assert.Contains("resolution of a table 6", Refusal(new GrowthScheduleOptions { Minibatch = new Dictionary<int, int> { [6] = 4 } }), StringComparison.Ordinal);
        Assert.Contains("generator learning rate 2", Refusal(new GrowthScheduleOptions { GeneratorLearningRate = 2 }), StringComparison.Ordinal);
        Assert.Contains("tick kimg 0", Refusal(new GrowthScheduleOptions { TickKimgBase = 0 }), StringComparison.Ordinal);
    }

    private static void AssertStage(GrowthSchedule schedule, long images, int resolution, bool isFading)
    {
        SchedulePoint point = schedule.At(images);
        double faded = point.Lod - Math.Log2(schedule.Phases[^1].Resolution / (double)resolution);
        if (isFading)
            Assert.InRange(faded, 1e-9, 1 - 1e-9);
        else
            Assert.InRange(faded, -1e-9, 1e-9); // rounding may miss a border by a hair, as in the reference
        Assert.True(point.Stage.Alpha > 0);
        if (point.Stage.IsFading)
            Assert.Equal((GrowthPhaseKind.FadeIn, point.Stage.Resolution), (point.Phase.Kind, point.Phase.Resolution));
    }

    private static Gen<GrowthScheduleOptions> Any =>
        from final in Gen.Int[2, 6]
        from initial in Gen.Int[2, 6]
        from train in Gen.Double[0, 3]
        from fade in Gen.Double[0.01, 3]
        from alpha in Gen.Double[0.01, 1]
        from half in Gen.Bool
        select new GrowthScheduleOptions
        {
            Resolution = 1 << Math.Max(final, initial),
            InitialResolution = 1 << Math.Min(final, initial),
            InitialAlpha = half && Math.Min(final, initial) > 2 ? alpha : 1,
            TrainKimg = train,
            FadeKimg = fade,
            TotalKimg = 100,
        };

    private static string Refusal(GrowthScheduleOptions options) => Assert.Throws<ArgumentException>(() => GrowthSchedule.Create(options)).Message;

    /// <summary>The reference's parameters by their own names; what is not given has the reference's default.</summary>
    private static GrowthScheduleOptions Options(JsonElement given)
    {
        GrowthScheduleOptions defaults = new();
        double lrate = Number("G_lrate_base", 0.001);
        return new GrowthScheduleOptions
        {
            Resolution = (int)Number("dataset_resolution", 0),
            InitialResolution = (int)Number("lod_initial_resolution", 4),
            TrainKimg = Number("lod_training_kimg", 600),
            FadeKimg = Number("lod_transition_kimg", 600),
            Devices = (int)Number("num_gpus", 1),
            MinibatchBase = (int)Number("minibatch_base", 16),
            Minibatch = Table("minibatch_dict").ToDictionary(t => t.Key, t => (int)t.Value),
            MaxMinibatchPerDevice = Table("max_minibatch_per_gpu").ToDictionary(t => t.Key, t => (int)t.Value),
            GeneratorLearningRate = lrate,
            GeneratorLearningRates = Table("G_lrate_dict"),
            DiscriminatorLearningRate = Number("D_lrate_base", lrate),
            DiscriminatorLearningRates = Table("D_lrate_dict"),
            TickKimgBase = Number("tick_kimg_base", 160),
            TickKimg = given.TryGetProperty("tick_kimg_dict", out _) ? Table("tick_kimg_dict") : defaults.TickKimg,
        };

        double Number(string key, double otherwise) => given.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : otherwise;

        Dictionary<int, double> Table(string key) => given.TryGetProperty(key, out JsonElement value)
            ? value.EnumerateObject().ToDictionary(e => int.Parse(e.Name, CultureInfo.InvariantCulture), e => e.Value.GetDouble())
            : [];
    }
}
