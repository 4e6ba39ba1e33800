using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan evaluate: metrics of a network, of every checkpoint of a run, or of two datasets.</summary>
internal static class EvaluateCommand
{
    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("evaluate", "Measures a network, every checkpoint of a run, or two datasets.");
        Argument<string?> run = new("RUN") { Description = "A run: all of its checkpoints, oldest first.", Arity = ArgumentArity.ZeroOrOne };
        Option<string> runs = new("--runs") { Description = "Folder of the runs.", HelpName = "DIR", DefaultValueFactory = _ => new RunOptions().Out };
        Option<string?> network = new("--network") { Description = "Checkpoint folder, run (its newest; by path, number or name), .safetensors, or another program's .pkl or .pth.", HelpName = "FILE" };
        Option<string?> reals = new("--reals") { Description = "Dataset to compare with (that of the run).", HelpName = "DATA" };
        Option<string?> fakes = new("--fakes") { Description = "Dataset of generated images, instead of a network.", HelpName = "DATA" };
        Option<string> metrics = new("--metrics") { Description = $"With commas between: {string.Join(", ", MetricPlan.Names)}.", HelpName = "LIST", DefaultValueFactory = _ => "swd" };
        Option<string?> features = new("--features") { Description = "Feature network: Inception as TorchScript, or of train-features.", HelpName = "FILE" };
        Option<int?> images = new("--images") { Description = $"Images a side, at most (all reals up to {EvaluateRun.MostImages}, and as many fakes).", HelpName = "N" };
        Option<long> seed = new("--seed") { Description = "Of every draw (0).", HelpName = "S" };
        Option<string?> resolution = new("--resolution") { Description = "Pixels of the images of two datasets: a power of two, or width and height, as in 64x96.", HelpName = "N|WxH" };
        Option<bool> raw = new("--raw") { Description = "The generator itself instead of its average." };
        Option<string> device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };
        Option<string?> plot = new("--plot") { Description = "The curve of a run.", HelpName = "FILE.png|svg" };
        Option<string?> neighbours = new("--neighbours") { Description = "Samples beside the reals nearest to them: was anything learnt by heart?", HelpName = "FILE.png" };
        Option<bool> json = new("--json") { Description = "For programs." };
        command.Add(run);
        foreach (Option option in new Option[] { runs, network, reals, fakes, metrics, features, images, seed, resolution, raw, device, plot, neighbours, json })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            EvaluateRequest request = new()
            {
                Run = parsed.GetValue(run) is { } named ? RunDirectory.Find(parsed.GetRequiredValue(runs), named) : null,
                Network = parsed.GetValue(network) is { } drawn ? NetworkFiles.Find(network.Name, drawn, parsed.GetRequiredValue(runs)) : null,
                Reals = parsed.GetValue(reals),
                Fakes = parsed.GetValue(fakes),
                Metrics = parsed.GetRequiredValue(metrics),
                Features = parsed.GetValue(features),
                Images = parsed.GetValue(images),
                Seed = parsed.GetValue(seed),
                Size = parsed.GetValue(resolution),
                Raw = parsed.GetValue(raw),
                Device = parsed.GetRequiredValue(device),
                Plot = parsed.GetValue(plot),
                Neighbours = parsed.GetValue(neighbours),
                Json = parsed.GetValue(json),
            };
            Check(request);
            return Interruptible.RunAsync(token => ExecuteAsync(request, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    private static void Check(EvaluateRequest request)
    {
        int named = new[] { request.Run, request.Network, request.Fakes }.Count(side => side is not null);
        if (named != 1)
        {
            throw new UserException(named == 0
                ? "Nothing to evaluate: name a RUN, a network with --network, or a dataset of generated images with --fakes."
                : "RUN, --network and --fakes each say what to evaluate; name one of them.");
        }
        if (request is { Fakes: not null, Reals: null })
            throw new UserException("--fakes: name the dataset to compare them with, too: --reals DATA.");
        if (request is { Size: not null, Fakes: null })
            throw new UserException("--resolution is of two datasets; a network is measured at its final resolution.");
        if (MetricList.Parse(request.Metrics).Count == 0)
            throw new UserException($"--metrics names none; metrics are {string.Join(", ", MetricPlan.Names)}.");
        if (request.Images is < 4 or > 1_000_000)
            throw new UserException($"--images {request.Images} must be from 4 to 1000000.");
        if (request.Plot is { } plot && (request.Run is null || !EvaluationPlot.Knows(plot)))
            throw new UserException($"--plot {plot}: the curve of a RUN, into a .png or .svg.");
        foreach (string? file in new[] { request.Plot, request.Neighbours })
        {
            if (file is not null && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
                throw new UserException($"There is no folder {folder} for {Path.GetFileName(file)}; make it first.");
        }
        if (request.Neighbours is { } picture && (request.Fakes is not null || !picture.EndsWith(".png", StringComparison.OrdinalIgnoreCase)))
            throw new UserException($"--neighbours {picture}: the neighbours of a network's samples, into a .png.");
    }

    private static async Task<int> ExecuteAsync(EvaluateRequest request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            using EvaluateRun evaluation = await EvaluateRun.CreateAsync(request, what => error.WriteLine(DisplayName.Of(what)), cancellationToken);
            if (evaluation.Features is { } features)
                await error.WriteLineAsync($"features of {DisplayName.Of(features.Name)}, SHA-256 {features.Digest}");
            List<Evaluated> all = [];
            foreach (Evaluated evaluated in evaluation.Run())
            {
                if (!request.Json)
                    await output.WriteLineAsync(all.Count == 0 ? $"{EvaluationTable.Head(evaluated)}\n{EvaluationTable.Line(evaluated)}" : EvaluationTable.Line(evaluated));
                all.Add(evaluated);
            }
            if (!request.Json)
                await output.WriteLineAsync($"{EvaluationTable.Floors(all[0])}\n{Words(request, all)}");
            if (request.Plot is { } plot)
                EvaluationPlot.Write(plot, all);
            NeighbourPicture? neighbours = request.Neighbours is { } picture ? Save(evaluation.Neighbours(), picture) : null;
            if (request.Json)
                await output.WriteLineAsync(Json(all, neighbours, evaluation.Features).ToJsonString(new() { WriteIndented = true }));
            else if (neighbours is not null)
                await output.WriteLineAsync(Words(neighbours, request.Neighbours!));
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    private static NeighbourPicture Save(NeighbourPicture neighbours, string path)
    {
        Durable.Replace(path, neighbours.Png);
        return neighbours;
    }

    private static string Words(EvaluateRequest request, List<Evaluated> all) => string.Create(CultureInfo.InvariantCulture,
        $"{all[^1].Fakes} fakes against {all[^1].Reals} reals, seed {request.Seed}, {Say.Time(all.Sum(e => e.Seconds))}. The line of the reals: one half of them against the other.");

    private static string Words(NeighbourPicture neighbours, string path) => string.Create(CultureInfo.InvariantCulture,
        $"{path}: samples and the reals nearest to them by {(neighbours.IsByFeatures ? "features" : "pixels")}; median distance {neighbours.MedianOfSamples:0.###}, of reals to reals {neighbours.MedianOfReals:0.###}");

    private static JsonObject Json(List<Evaluated> all, NeighbourPicture? neighbours, FeatureExtractor? features)
    {
        JsonObject document = new() { ["evaluated"] = new JsonArray([.. all.Select(EvaluationTable.Json)]) };
        if (features is not null)
            document["features"] = new JsonObject { ["name"] = features.Name, ["sha256"] = features.Digest };
        if (neighbours is not null)
        {
            document["neighbours"] = new JsonObject
            {
                ["by"] = neighbours.IsByFeatures ? "features" : "pixels",
                ["median_of_samples"] = neighbours.MedianOfSamples,
                ["median_of_reals"] = neighbours.MedianOfReals,
            };
        }
        return document;
    }
}
