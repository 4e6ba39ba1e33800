using System.CommandLine;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan interpolate: a way through latent space that ends where it began.</summary>
internal static class InterpolateCommand
{
    private const double UsualSeconds = 8;

    /// <summary>Of a loop of so many standard deviations the slowest wave is left with 0.7% of its height.</summary>
    private const double StillAt = 2;

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("interpolate", "Makes a seamless animation of images that become each other.");
        NetworkArguments network = new(command);
        AnimationArguments animation = new(command, UsualSeconds, "interpolation.webp");
        Option<double> smoothing = new("--smoothing") { Description = "Seconds over which latents are smoothed: longer is slower.", HelpName = "S", DefaultValueFactory = _ => 1 };
        Option<long> seed = new("--seed") { Description = "Seed of the way (0).", HelpName = "S" };
        Option<string?> keyframes = new("--keyframes") { Description = "From the image of one seed to the next and back to the first, instead of --seed and --smoothing.", HelpName = "0-3,99" };
        Option<string?> grid = new("--grid") { Description = "Images side by side, columns x rows; as many as make 512 pixels.", HelpName = "WxH" };
        Option<string?> @class = new("--class") { Description = "Class of all images by name, or by number from 0; several in turn: 0-9; attributes at once: A+B.", HelpName = "CLASS" };
        Option<int?> zoom = new("--zoom") { Description = "Screen pixels for each image pixel; as many as make 512.", HelpName = "N" };
        foreach (Option option in new Option[] { smoothing, seed, keyframes, grid, @class, zoom })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(keyframes) is not null && (parsed.GetResult(seed) is { Implicit: false } || parsed.GetResult(smoothing) is { Implicit: false }))
                throw new UserException("--keyframes says the way; leave --seed and --smoothing out.");
            (AnimationFile file, int frames, int fps) = animation.Read(parsed);
            WalkRequest request = new()
            {
                Network = network.Read(parsed),
                Frames = frames,
                Fps = fps,
                Smoothing = parsed.GetValue(smoothing),
                Seed = parsed.GetValue(seed),
                Keyframes = parsed.GetValue(keyframes),
                Grid = parsed.GetValue(grid),
                Class = parsed.GetValue(@class),
                Zoom = parsed.GetValue(zoom),
            };
            return Interruptible.RunAsync(token => Execute(request, file, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    private static int Execute(WalkRequest request, AnimationFile file, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        DrawnNetwork network = DrawnNetwork.Open(request.Network, error);
        try
        {
            WalkPictures walk = new(request, network);
            file.Check(walk.Animation);
            if (request.Keyframes is null && request.Smoothing * StillAt > walk.Animation.Seconds)
                error.WriteLine($"pggan: smoothing over {request.Smoothing}s leaves hardly any movement in {walk.Animation.Seconds:0.##}s; take more seconds or less smoothing.");
            using ImageSampler sampler = new(network.Snapshot, request.Network.Device, request.Network.Precision);
            output.WriteLine(file.Save(walk.Animation, walk.Draw(sampler, cancellationToken), error, cancellationToken));
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }
}
