using System.CommandLine;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan export: networks for other programs.</summary>
internal static class ExportCommand
{
    private const string Onnx = "onnx";
    private const string OwnFormat = "safetensors";
    private const string Pickle = "pickle";
    private const string Zoo = "zoo";
    private const string Web = "web";

    /// <summary>Names of the formats.</summary>
    public static readonly string[] Formats = [Onnx, OwnFormat, Pickle, Zoo, Web];

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("export", "Writes a network for other programs.");
        NetworkArguments network = new(command, draws: false);
        Option<string> format = new("--format") { Description = "onnx, safetensors, pickle (official), zoo (pytorch_GAN_zoo) or web (a page).", HelpName = "FORMAT", Required = true };
        Option<string> target = new("--out") { Description = "File, or folder of the page.", HelpName = "OUT", Required = true };
        Option<string?> runtime = new("--runtime") { Description = "Folder with onnxruntime-web, copied into the page's.", HelpName = "DIR" };
        foreach (Option option in new Option[] { format, target, runtime })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            ExportRequest request = new()
            {
                Network = network.Read(parsed),
                Format = parsed.GetRequiredValue(format),
                Out = parsed.GetRequiredValue(target),
                Runtime = parsed.GetValue(runtime),
            };
            return Interruptible.RunAsync(token => Execute(request, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    private static int Execute(ExportRequest request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (!Formats.Contains(request.Format))
            throw new UserException($"--format '{request.Format}' is none of {string.Join(", ", Formats)}.{DidYouMean.Hint(request.Format, Formats)}");
        if (request.Out.Contains('\0', StringComparison.Ordinal))
            throw new UserException("--out is no path; it must name a file or folder.");
        if (request is { Runtime: not null, Format: not Web })
            throw new UserException("--runtime is for a page; leave it out, or take --format web.");
        try
        {
            if (request.Format is Pickle or Zoo)
                WriteCheckpoint(request, error, cancellationToken);
            else
                WriteGenerator(request, error, cancellationToken);
            output.WriteLine(request.Out);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    /// <summary>Formats of one generator.</summary>
    private static void WriteGenerator(ExportRequest request, TextWriter error, CancellationToken cancellationToken)
    {
        DrawnNetwork drawn = DrawnNetwork.Open(request.Network, error);
        GeneratorSnapshot generator = drawn.Snapshot with { Stage = drawn.Stage };
        switch (request.Format)
        {
            case Web:
                WebExport.Write(request.Out, request.Runtime, generator, cancellationToken);
                break;
            case Onnx:
                MakeFolderOf(request.Out);
                Durable.Replace(request.Out, file => OnnxExporter.Write(file, generator, cancellationToken), cancellationToken);
                break;
            default:
                MakeFolderOf(request.Out);
                Durable.Replace(request.Out, file => NetworkFile.Write(file, generator), cancellationToken);
                break;
        }
    }

    /// <summary>Formats of G, D and the average of G.</summary>
    private static void WriteCheckpoint(ExportRequest request, TextWriter error, CancellationToken cancellationToken)
    {
        string path = request.Network.Network;
        if (request.Network.Raw)
            throw new UserException($"--raw: --format {request.Format} holds the generator and its average; leave the option out.");
        NetworkSnapshot networks = NetworkFiles.ReadAll(path);
        if (networks.Discriminator() is null)
            throw new UserException($"--format {request.Format} holds the discriminator too, and {path} is a generator alone; name a run, a checkpoint's folder or an imported network.");
        GrowthStage stage = DrawnNetwork.StageOf(request.Network.Resolution, request.Network.Alpha, networks.Generator(raw: false));
        DrawnNetwork.WarnAbove(networks.Architecture, networks.Stage, stage, error);
        if (request.Format == Pickle)
        {
            OfficialPickleWriter.Check(networks.Architecture);
            MakeFolderOf(request.Out);
            Durable.Replace(request.Out, file => OfficialPickleWriter.Write(file, networks, stage, cancellationToken), cancellationToken);
            return;
        }
        ZooCheckpointWriter.Check(networks.Architecture);
        ZooRun? run = ZooRun.Of(request.Out);
        run?.Check(networks.Architecture, stage);
        foreach (string difference in ZooCheckpointWriter.Differences(networks.Architecture, stage))
            error.WriteLine($"pggan: the zoo's discriminator is another with these weights: {difference}.");
        MakeFolderOf(request.Out);
        if (run is not null)
            WriteBeside(request.Out, run, networks, error, cancellationToken);
        else
            error.WriteLine($"pggan: the zoo draws with it; its train.py goes on with it where it is called {new ZooRun("NAME", 0, 0).At(networks.Architecture, stage).FileName}.");
        Durable.Replace(request.Out, file => ZooCheckpointWriter.Write(file, networks, stage, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// What the zoo needs to go on, before the checkpoint itself: one without it makes the zoo begin anew. Its configuration is left as it is where there
    /// is one, for it has the settings of that run.
    /// </summary>
    private static void WriteBeside(string target, ZooRun run, NetworkSnapshot networks, TextWriter error, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(target))!, configuration = Path.Combine(folder, run.ConfigurationName);
        if (!File.Exists(configuration))
            Durable.Replace(configuration, file => ZooRun.WriteConfiguration(file, networks), cancellationToken);
        Durable.Replace(Path.Combine(folder, run.ProgressName), run.WriteProgress, cancellationToken);
        error.WriteLine($"pggan: {run.ConfigurationName} and {run.ProgressName} lie beside it; from a folder called {run.Name} the zoo's train.py goes on with it.");
    }

    private static void MakeFolderOf(string file) => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
}
