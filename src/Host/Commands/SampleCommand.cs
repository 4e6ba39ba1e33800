using System.CommandLine;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan sample: images from a network, without actors.</summary>
internal static class SampleCommand
{
    private const int ImagesAtOnce = 64;

    private const string UsualSeeds = "0-15";

    /// <summary>Most floats of the images that are drawn at once: 64 MiB.</summary>
    private const int FloatsAtOnce = 1 << 24;

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("sample", "Draws images from a checkpoint, a run or a network file.");
        NetworkArguments network = new(command);
        Option<string?> seeds = new("--seeds") { Description = $"Seeds, one an image ({UsualSeeds}; with --grid as many as it holds).", HelpName = "0-15,99" };
        Option<string?> latents = new("--latents") { Description = "Latents instead of seeds: tensor z, perhaps labels.", HelpName = "FILE.safetensors" };
        Option<string?> @class = new("--class") { Description = "Class of all images by name, or by number from 0; several in turn: 0-9; attributes at once: A+B.", HelpName = "CLASS" };
        Option<double> truncation = new("--truncation")
        {
            Description = "Pulls the lengths of latents to their mean: 1 not at all, 0 wholly. Changes nothing where the network normalises its latents itself, as they do by default.",
            HelpName = "PSI",
            DefaultValueFactory = _ => 1,
        };
        Option<string?> grid = new("--grid") { Description = "All images in one, columns x rows.", HelpName = "WxH" };
        Option<string> target = new("--out") { Description = "Folder, file.zip (a dataset), file.png or file.safetensors.", HelpName = "OUT", DefaultValueFactory = _ => "samples" };
        foreach (Option option in new Option[] { seeds, latents, @class, truncation, grid, target })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(latents) is not null && parsed.GetResult(seeds) is { Implicit: false })
                throw new UserException("--seeds and --latents both say what to draw; name one of them.");
            SampleRequest request = new()
            {
                Network = network.Read(parsed),
                Seeds = parsed.GetValue(seeds) ?? SeedsFor(parsed.GetValue(grid)),
                Latents = parsed.GetValue(latents),
                Class = parsed.GetValue(@class),
                Truncation = parsed.GetValue(truncation),
                Grid = parsed.GetValue(grid),
                Out = parsed.GetRequiredValue(target),
            };
            return Interruptible.RunAsync(token => Execute(request, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    /// <summary>The seeds where nobody names any.</summary>
    private static string SeedsFor(string? grid) => grid is not null && GridSize.Parse("--grid", grid) is var (columns, rows) ? $"0-{(columns * rows) - 1}" : UsualSeeds;

    private static int Execute(SampleRequest request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (request.Out.Contains('\0', StringComparison.Ordinal))
            throw new UserException("--out is no path; it must name a folder or file.");
        DrawnNetwork network = DrawnNetwork.Open(request.Network, error);
        try
        {
            SampleInputs inputs = new(request, network.Snapshot);
            SampleFiles files = new(request, network, inputs, output, error);
            if (request.Truncation < 1 && !Truncation.Matters(network.Architecture))
                error.WriteLine("pggan: --truncation changes nothing: this network scales its latents to one length itself.");
            using ImageSampler sampler = new(network.Snapshot, request.Network.Device, request.Network.Precision);
            files.Save(Draw(sampler, inputs, files.Count, network, cancellationToken), cancellationToken);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    /// <summary>The images in order, some at a time.</summary>
    private static IEnumerable<HostTensor> Draw(ImageSampler sampler, SampleInputs inputs, int count, DrawnNetwork network, CancellationToken cancellationToken)
    {
        int atOnce = Math.Clamp(FloatsAtOnce / network.ImageSize, 1, ImagesAtOnce);
        for (int first = 0; first < count; first += atOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (HostTensor latents, HostTensor? labels) = inputs.Take(first, Math.Min(atOnce, count - first));
            yield return sampler.Render(latents, labels, network.Stage);
        }
    }
}
