using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

public sealed class OptionsDocumentTests
{
    [Fact]
    public void Every_option_survives_the_document()
    {
        RunOptions options = new()
        {
            Name = "x",
            Minibatch = new(4, new Dictionary<int, int> { [8] = 128 }),
            GLearningRate = new(0.002),
            Loss = AdversarialLoss.Lsgan,
            MaxMinibatchPerDevice = new Dictionary<int, int> { [256] = 16 },
            MicroBatch = new Dictionary<int, int> { [64] = 4 },
        };
        string text = OptionsDocument.Print(options, null);
        RunOptions back = OptionsDocument.To(JsonNode.Parse(text)!.AsObject());
        Assert.Equal(text, OptionsDocument.Print(back, null));
        Assert.Contains("\"loss\": \"lsgan\"", text, StringComparison.Ordinal);
        Assert.Contains("\"g_learning_rate\": 0.002", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Set_changes_one_entry_of_a_table_and_keeps_the_rest()
    {
        JsonObject document = OptionsDocument.From(new RunOptions { Minibatch = new(16) });
        OptionsDocument.Set(document, "minibatch.16=64");
        OptionsDocument.Set(document, "minibatch.8=128");
        RunOptions options = OptionsDocument.To(document);
        Assert.Equal((16, 64, 128), (options.Minibatch.Default, options.Minibatch.At[16], options.Minibatch.At[8]));
        OptionsDocument.Set(document, "minibatch=8");
        Assert.Empty(OptionsDocument.To(document).Minibatch.At);
    }

    [Theory]
    [InlineData("minibach=4", "Did you mean 'minibatch'?")]
    [InlineData("fmap-mx=4", "Did you mean 'fmap_max'?")]
    [InlineData("seed", "--set key=value")]
    [InlineData("seed.4=1", "is no key")]
    public void A_wrong_set_says_what_to_write(string assignment, string says)
    {
        UserException e = Assert.Throws<UserException>(() => OptionsDocument.Set([], assignment));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, e.ExitCode);
    }

    [Theory]
    [InlineData("loss=hinge", "one of wgan-gp, lsgan, logistic, lsgan-nash, dcgan")]
    [InlineData("mirror=perhaps", "true or false")]
    [InlineData("fmap_max=many", "a whole number")]
    [InlineData("minibatch=[1]", "a table such as")]
    [InlineData("data=null", "text")]
    public void A_value_of_the_wrong_kind_says_what_it_must_be(string assignment, string says)
    {
        JsonObject document = [];
        OptionsDocument.Set(document, assignment);
        Assert.Contains(says, Assert.Throws<UserException>(() => OptionsDocument.To(document)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_micro_batch_is_set_by_resolution_and_reaches_the_training()
    {
        JsonObject document = OptionsDocument.From(new RunOptions());
        OptionsDocument.Set(document, "micro_batch.64=4");
        Assert.Equal([KeyValuePair.Create(64, 4)], OptionsDocument.To(document).ToTrainerOptions(labelSize: 0).MicroBatch);
    }

    [Fact]
    public void Lengths_of_phases_are_set_by_resolution_and_reach_the_schedule()
    {
        JsonObject document = OptionsDocument.From(new RunOptions());
        Assert.Equal("600", document["train_kimg"]!.ToJsonString());
        OptionsDocument.Set(document, "train_kimg.16=96");
        OptionsDocument.Set(document, "fade_kimg.32=12");
        GrowthScheduleOptions schedule = OptionsDocument.To(document).ToTrainerOptions(labelSize: 0).Schedule;
        Assert.Equal((600, 600), (schedule.TrainKimg, schedule.FadeKimg));
        Assert.Equal([KeyValuePair.Create(16, 96.0)], schedule.TrainKimgAt);
        Assert.Equal([KeyValuePair.Create(32, 12.0)], schedule.FadeKimgAt);
    }

    /// <summary>Each at a value that is not its default, so that one which is not passed on shows.</summary>
    [Theory]
    [InlineData("loss=lsgan-nash", nameof(TrainerOptions.Loss))]
    [InlineData("precision=bf16", nameof(TrainerOptions.Precision))]
    [InlineData("discriminator_noise=gdrop", nameof(TrainerOptions.DiscriminatorNoise))]
    [InlineData("gdpp_weight=0.5", nameof(TrainerOptions.GdppWeight))]
    [InlineData("simultaneous_update=true", nameof(TrainerOptions.SimultaneousUpdate))]
    [InlineData("label_loss=reals", nameof(TrainerOptions.LabelLoss))]
    [InlineData("even_labels=true", nameof(TrainerOptions.EvenLabels))]
    [InlineData("balance_labels=true", nameof(TrainerOptions.BalanceLabels))]
    [InlineData("average_after=g", nameof(TrainerOptions.AverageAfter))]
    [InlineData("restart_average=true", nameof(TrainerOptions.RestartAverage))]
    [InlineData("reset_after_fade=false", nameof(TrainerOptions.ResetAfterFade))]
    [InlineData("ramp_kimg=40", nameof(TrainerOptions.Schedule), nameof(GrowthScheduleOptions.RampKimg))]
    [InlineData("initial_alpha=0.25", nameof(TrainerOptions.Schedule), nameof(GrowthScheduleOptions.InitialAlpha))]
    [InlineData("layout=dcgan", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.Layout))]
    [InlineData("equalized_learning_rate=false", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.EqualizedLearningRate))]
    [InlineData("normalize_labels=false", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.NormalizeLabels))]
    [InlineData("leaky_relu=false", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.LeakyRelu))]
    [InlineData("tanh_output=true", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.TanhOutput))]
    [InlineData("batch_norm=true", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.BatchNorm))]
    [InlineData("layer_norm=true", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.LayerNorm))]
    [InlineData("discrimination_kernels=100", nameof(TrainerOptions.Architecture), nameof(NetworkArchitecture.DiscriminationKernels))]
    public void A_variant_reaches_the_training(string assignment, params string[] path)
    {
        JsonObject document = OptionsDocument.From(new RunOptions());
        Assert.NotEqual(Wanted(), Value(document));
        OptionsDocument.Set(document, assignment);
        Assert.Equal(Wanted(), Value(document));

        string Value(JsonObject options)
        {
            object value = OptionsDocument.To(options).ToTrainerOptions(labelSize: 0);
            foreach (string name in path)
                value = value.GetType().GetProperty(name)!.GetValue(value)!;
            return Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!.ToLowerInvariant();
        }

        string Wanted() => assignment[(assignment.IndexOf('=', StringComparison.Ordinal) + 1)..].Replace("-", "", StringComparison.Ordinal);
    }

    [Fact]
    public void Hyphens_count_as_underscores()
    {
        JsonObject document = [];
        OptionsDocument.Set(document, "fmap-max=32");
        Assert.Equal(32, OptionsDocument.To(document).FmapMax);
    }
}
