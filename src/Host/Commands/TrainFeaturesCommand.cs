using System.CommandLine;
using System.Text.Json;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan train-features: a classifier of one dataset, whose features compare sets of its images.</summary>
internal static class TrainFeaturesCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("train-features", "Trains a classifier on labelled images, a network for metrics on features.");
        Option<string> data = new("--data") { Description = "Labelled dataset: folder, zip, tar, Parquet, CIFAR or another of docs/datasets.md, fluent-portraits or synthetic.", HelpName = "DATA", Required = true };
        Option<string?> heldOut = new("--held-out") { Description = "Dataset to measure the accuracy on instead of a tenth of DATA.", HelpName = "DATA" };
        Option<string> target = new("--out") { Description = "File to write; results are named after it.", HelpName = "FILE.safetensors", Required = true };
        Option<int?> resolution = new("--resolution") { Description = "Pixels that the network sees; the dataset's, 32 at most, unless told.", HelpName = "N" };
        Option<double?> kimg = new("--kimg") { Description = "Thousands of images to train on.", HelpName = "K" };
        Option<double?> epochs = new("--epochs") { Description = "How often each image is trained on, instead of --kimg.", HelpName = "E" };
        Option<long> seed = new("--seed") { Description = "Same seed, same network.", HelpName = "S", DefaultValueFactory = _ => 1000 };
        Option<string> device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };
        Option<bool> json = new("--json") { Description = "The result for programs; progress goes to the error stream." };
        foreach (Option option in new Option[] { data, heldOut, target, resolution, kimg, epochs, seed, device, json })
            command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            TrainFeaturesRequest request = new()
            {
                Data = parsed.GetRequiredValue(data),
                HeldOut = parsed.GetValue(heldOut),
                Out = parsed.GetRequiredValue(target),
                Resolution = parsed.GetValue(resolution),
                Kimg = parsed.GetValue(kimg),
                Epochs = parsed.GetValue(epochs),
                Seed = parsed.GetValue(seed),
                Device = parsed.GetRequiredValue(device),
            };
            (TextWriter output, bool forPrograms) = (console.Profile.Out.Writer, parsed.GetValue(json));
            TrainFeaturesResult result = await Interruptible.RunAsync(
                token => FeatureTraining.RunAsync(request, forPrograms ? error : output, token), cancellationToken);
            await output.WriteLineAsync(forPrograms
                ? JsonSerializer.Serialize(result, Json)
                : $"{result.File}: {result.Accuracy * 100:0.0}% of {result.HeldOut} images held out are told right; {result.Features} features");
            return ExitCodes.Done;
        });
        return command;
    }
}
