using System.CommandLine;
using System.Diagnostics;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan invert: the latent whose image comes closest to a given one.</summary>
internal static class InvertCommand
{
    /// <summary>Names of the methods.</summary>
    public static readonly string[] Methods = ["gradient", "cma-es", "random"];

    private const int MostImages = 64;

    private const int MostFrames = 1000;

    /// <summary>Keys of the numbers that are checked with the network.</summary>
    private static readonly string[] Numbers =
        ["steps", "restarts", "learning_rate", "final_learning_rate", "pixel_weight", "feature_weight", "prior_weight", "realism_weight"];

    private static readonly InversionOptions Usual = new();

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("invert", "Finds the latent whose image comes closest to a given one.");
        Option<string> network = new("--network") { Description = "Checkpoint folder, run (its newest; by path, number or name), .safetensors, or another program's .pkl or .pth.", HelpName = "FILE", Required = true };
        Option<string[]> image = new("--image") { Description = "Image to search for; may be given several times.", HelpName = "FILE", Required = true };
        Option<string> method = new("--method") { Description = "gradient, cma-es or random.", HelpName = "METHOD", DefaultValueFactory = _ => Methods[(int)Usual.Method] };
        Option<int> steps = Of("--steps", "Steps of a search, the first tenth random draws.", "N", Usual.Steps);
        Option<int> restarts = Of("--restarts", "Images of each step; with gradient, searches side by side.", "N", Usual.Restarts);
        Option<long> seed = Of("--seed", "Seed of draws and steps.", "S", Usual.Seed);
        Option<string?> @class = new("--class") { Description = "Class of the images by name, or by number from 0; else all are tried.", HelpName = "CLASS" };
        Option<int?> resolution = new("--resolution") { Description = "Pixels; as far as the network has grown.", HelpName = "N" };
        Option<bool> raw = new("--raw") { Description = "The generator itself instead of its average." };
        Option<double> rate = Of("--learning-rate", "Of gradient's first update.", "R", Usual.LearningRate);
        Option<double> lastRate = Of("--final-learning-rate", "Of its last, along half a cosine.", "R", Usual.FinalLearningRate);
        Option<double> pixels = Of("--pixel-weight", "Weight of the pixels' distance.", "W", Usual.PixelWeight);
        Option<double> prior = Of("--prior-weight", "Weight of the latent's length, where it matters.", "W", Usual.PriorWeight);
        Option<double> realism = Of("--realism-weight", "Weight of the discriminator's opinion.", "W", Usual.RealismWeight);
        Option<string?> features = new("--features") { Description = "Network whose features are compared too: TorchScript, or of train-features.", HelpName = "FILE" };
        Option<double> featureWeight = Of("--feature-weight", "Weight of their distance.", "W", Usual.FeatureWeight);
        Option<int?> walk = new("--walk") { Description = "Draw N images on the way from the first image to the second.", HelpName = "N" };
        Option<string> target = new("--out") { Description = "Folder for latent.safetensors, progress.png, result.json.", HelpName = "DIR", DefaultValueFactory = _ => "inverted" };
        Option<string> device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };
        Option<bool> json = new("--json") { Description = "Print the result for programs." };
        foreach (Option option in new Option[]
        {
            network, image, method, steps, restarts, seed, @class, resolution, raw, rate, lastRate, pixels, prior, realism, features, featureWeight, walk, target, device, json,
        })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            InvertRequest request = new()
            {
                Network = NetworkFiles.Find(network.Name, parsed.GetRequiredValue(network)),
                Images = parsed.GetRequiredValue(image),
                Options = new InversionOptions
                {
                    Method = MethodOf(parsed.GetRequiredValue(method)),
                    Steps = parsed.GetValue(steps),
                    Restarts = parsed.GetValue(restarts),
                    Seed = parsed.GetValue(seed),
                    LearningRate = parsed.GetValue(rate),
                    FinalLearningRate = parsed.GetValue(lastRate),
                    PixelWeight = parsed.GetValue(pixels),
                    FeatureWeight = parsed.GetValue(featureWeight),
                    PriorWeight = parsed.GetValue(prior),
                    RealismWeight = parsed.GetValue(realism),
                },
                Class = parsed.GetValue(@class),
                Resolution = parsed.GetValue(resolution),
                Raw = parsed.GetValue(raw),
                Walk = parsed.GetValue(walk),
                Features = parsed.GetValue(features),
                Out = parsed.GetRequiredValue(target),
                Device = parsed.GetRequiredValue(device),
                Json = parsed.GetValue(json),
            };
            return Interruptible.RunAsync(token => Execute(request, console, error, token), cancellationToken);
        });
        return command;
    }

    private static Option<T> Of<T>(string name, string description, string value, T usual) =>
        new(name) { Description = description, HelpName = value, DefaultValueFactory = _ => usual };

    private static InversionMethod MethodOf(string name) => Array.IndexOf(Methods, name) is >= 0 and var index
        ? (InversionMethod)index
        : throw new UserException($"--method {name} is unknown; it must be {string.Join(", ", Methods)}.{DidYouMean.Hint(name, Methods)}");

    private static int Execute(InvertRequest request, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        Check(request);
        NetworkSnapshot networks = NetworkFiles.ReadAll(request.Network);
        GeneratorSnapshot generator = NetworkFiles.GeneratorOf(networks, request.Network, request.Raw);
        IReadOnlyDictionary<string, HostTensor>? discriminator = networks.Discriminator();
        if (ClassList.ParseOne(request.Class, generator) is { } choice)
            request = request with { Options = request.Options with { Label = choice.Elements } };
        GrowthStage stage = DrawnNetwork.StageOf(request.Resolution, null, generator);
        bool made = false;
        try
        {
            Validate(request.Options, generator.Architecture);
            List<byte[]> targets = [.. request.Images.Select(file => ReadImage(file, generator.Architecture, stage))];
            if (request.Walk is { } frames)
                SampleFiles.CheckHeld(frames, (int)Math.Ceiling(Math.Sqrt(frames)), targets[0].Length);
            if (discriminator is null && request.Options.RealismWeight > 0)
                error.WriteLine($"pggan: {DisplayName.Of(request.Network)} is a file without a discriminator; realism is not weighed.");
            using FeatureExtractor? features = request.Features is { } file ? FeatureFiles.Open(file, request.Device) : null;
            using LatentInverter inverter = new(generator, discriminator, features, request.Device);
            bool isNew = !Directory.Exists(request.Out);
            Directory.CreateDirectory(request.Out);
            made = isNew;

            InvertDisplay display = new(console, targets.Count, request.Options.Restarts);
            List<InvertReport.Found> found = [];
            List<InversionResult> results = Search(inverter, targets, stage, request, request.Json ? null : display, generator.LabelNames, found, cancellationToken);
            byte[]? walk = request.Walk is { } count ? Walk(inverter, results, count, stage) : null;

            // From here on it is written whole.
            cancellationToken.ThrowIfCancellationRequested();
            InvertFolder folder = new(request.Out, generator.Architecture, stage.Resolution);
            folder.WriteLatents(results);
            folder.WriteProgress(targets, results);
            if (walk is not null)
                folder.WriteWalk(walk);
            InvertReport report = new(
                request.Network, generator.Images / 1000.0, stage.Resolution, stage.Alpha, request.Options, inverter.HasDiscriminator,
                Stopwatch.GetElapsedTime(started).TotalSeconds, found);
            folder.WriteReport(report);
            console.Profile.Out.Writer.WriteLine(request.Json ? report.ToJson() : string.Join('\n', [.. found.Select(f => f.ToString()), request.Out]));
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
        finally
        {
            // Interrupted or failed, a search leaves nothing.
            if (made && !Directory.EnumerateFileSystemEntries(request.Out).Any())
                Directory.Delete(request.Out);
        }
    }

    private static void Validate(InversionOptions options, NetworkArchitecture architecture)
    {
        try
        {
            options.Validate(architecture);
        }
        catch (ArgumentException e)
        {
            throw new UserException(OptionNames.In(e.Message, Numbers.Select(name => KeyValuePair.Create(name, "--" + name.Replace('_', '-')))) + ".", ExitCodes.Usage, e);
        }
    }

    private static void Check(InvertRequest request)
    {
        if (request.Out.Contains('\0', StringComparison.Ordinal))
            throw new UserException("--out is no path; it must name a folder.");
        if (request.Images.Count > MostImages)
            throw new UserException($"{request.Images.Count} images are more than {MostImages}; run the command several times.");
        if (request.Walk is not null && request.Images.Count != 2)
            throw new UserException($"--walk leads from one image to another; name two with --image, not {request.Images.Count}.");
        if (request.Walk is < 2 or > MostFrames)
            throw new UserException($"--walk {request.Walk} must be from 2 to {MostFrames}.");
        if (request.Options.PixelWeight == 0 && request.Features is null)
            throw new UserException("--pixel-weight 0 takes a feature network, --features FILE: else nothing of the image would be searched for.");
        foreach (string image in request.Images)
            InputFile.Require("--image", image);
    }

    /// <summary>As the training would see it: cropped and resized for the network, then halved.</summary>
    private static byte[] ReadImage(string file, NetworkArchitecture architecture, GrowthStage stage)
    {
        try
        {
            PipelineOptions options = new()
            {
                Resolution = architecture.Resolution,
                Base = Datasets.BaseOf(architecture),
                Channels = architecture.Channels,
            };
            return SingleImage.Read(file, options, stage.Resolution);
        }
        catch (Exception e) when (e is BadImageException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--image {file} can't be read: {e.Message.TrimEnd('.')}.", ExitCodes.Usage, e);
        }
    }

    private static List<InversionResult> Search(
        LatentInverter inverter, List<byte[]> targets, GrowthStage stage, InvertRequest request, InvertDisplay? display, IReadOnlyList<string> labelNames,
        List<InvertReport.Found> found, CancellationToken cancellationToken)
    {
        return display is null ? SearchAll() : display.While(SearchAll);

        List<InversionResult> SearchAll() => [.. targets.Select((target, number) =>
        {
            long started = Stopwatch.GetTimestamp(), before = 0;
            InversionResult result = inverter.Invert(
                target, stage, request.Options, progress =>
                {
                    display?.Show(number, progress, before);
                    before = progress.Evaluations;
                }, cancellationToken);
            double? swd = Swd(target, result.Image, inverter.Architecture, stage.Resolution);
            found.Add(InvertReport.Found.Of(request.Images[number], result, labelNames, inverter.Architecture, swd, Stopwatch.GetElapsedTime(started).TotalSeconds));
            return result;
        })];
    }

    /// <summary>Of the two images alone, as sets of one image each; null where they are smaller than a patch.</summary>
    private static double? Swd(byte[] target, byte[] found, NetworkArchitecture architecture, int resolution)
    {
        if (resolution < 8)
            return null;
        using PatchSet first = New(), second = New();
        first.Add(target, () => { });
        second.Add(found, () => { });
        return SlicedWasserstein.Between(first, second, seed: 0, () => { }).Average(level => level.Distance);

        PatchSet New() => new(architecture.Channels, architecture.HeightAt(resolution), architecture.WidthAt(resolution), seed: 0);
    }

    private static byte[] Walk(LatentInverter inverter, List<InversionResult> ends, int frames, GrowthStage stage) => inverter.Draw(
        LatentArc.Between(ends[0].Latent, ends[1].Latent, frames),
        ends[0].Label is { } from ? LatentArc.Mix(from, ends[1].Label!, frames) : null,
        stage);
}
