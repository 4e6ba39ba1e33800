using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>Presets and losses as a user chooses them, from their options to the networks' scores.</summary>
public sealed class VariantTests
{
    private const int Resolution = 8;

    public static TheoryData<string> Variants =>
    [
        .. Presets.Names.Where(name => name.StartsWith("ablation-", StringComparison.Ordinal)).Select(name => $"preset={name}"),
        "preset=dcgan",
        "preset=dcgan gdpp_weight=1",
        "preset=dcgan loss=lsgan-nash discriminator_noise=instance",
        "loss=lsgan discriminator_noise=gdrop",
        "loss=lsgan-nash discriminator_noise=instance",
        "loss=dcgan",
        "loss=logistic",
        "discriminator_noise=gdrop gdpp_weight=1",
        "simultaneous_update=true ramp_kimg=0.1",
        "preset=gan-zoo fmap_base=64 fmap_max=16 latent=16 train_kimg=0.064 fade_kimg=0.064 total_kimg=0.25 minibatch_repeats=1",
        "precision=bf16",
        "preset=dcgan precision=bf16",
    ];

    [Theory]
    [MemberData(nameof(Variants))]
    public void It_trains(string assignments)
    {
        string[] all = assignments.Split(' ');
        string preset = all[0].StartsWith("preset=", StringComparison.Ordinal) ? all[0]["preset=".Length..] : Presets.Auto;
        DatasetFacts data = new(1000, 64, 3, MirrorIsSafe: true);
        JsonObject document = OptionsDocument.From(Presets.Create(preset, data, new MachineFacts(false, 2, 16L << 30), new PresetWishes(Resolution, TotalKimg: 0.2)));
        foreach (string assignment in all)
            OptionsDocument.Set(document, assignment);
        RunOptions options = OptionsDocument.To(document);
        options.Validate();

        using ProgressiveTrainer trainer = new(options.ToTrainerOptions(labelSize: 0), null);
        Random random = new(1);
        StepMetrics step;
        do
        {
            // Images of two colours, so that there is something to tell.
            int pixels = trainer.Point.Stage.Resolution * trainer.Point.Stage.Resolution;
            byte[] images = [.. Enumerable.Range(0, trainer.Point.Minibatch * 3)
                .SelectMany(_ => Enumerable.Repeat(random.Next(64, 192), pixels).Select(colour => (byte)(colour + random.Next(-20, 20))))];
            step = trainer.Step(images, default);
            Assert.Equal(0, step.SkippedUpdates);
            Assert.All([step.DiscriminatorLoss, step.GeneratorLoss!.Value, step.RealScore, step.FakeScore], score => Assert.InRange(score, -1000, 1000));
        }
        while (!trainer.Completed);
        Assert.Equal(Resolution, step.Stage.Resolution);
    }
}
