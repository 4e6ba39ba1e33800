using System.CommandLine;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan timelapse: what the snapshots of a run show, in time.</summary>
internal static class TimelapseCommand
{
    private const double UsualSeconds = 20;

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("timelapse", "Makes an animation of a run's training from its snapshots.");
        Argument<string?> run = new("RUN") { Description = "The run: a path, a number or a name (the newest).", Arity = ArgumentArity.ZeroOrOne };
        Option<string> runs = new("--runs") { Description = "Folder of the runs.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
        AnimationArguments animation = new(command, UsualSeconds, "timelapse.webp");
        Option<string?> crop = new("--crop") { Description = "Only so many images of each snapshot, columns x rows.", HelpName = "WxH" };
        Option<int> zoom = new("--zoom") { Description = "Screen pixels for each image pixel.", HelpName = "N", DefaultValueFactory = _ => 1 };
        command.Add(run);
        foreach (Option option in new Option[] { crop, zoom, runs })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            (AnimationFile file, int frames, int fps) = animation.Read(parsed);
            (string folder, string? name) = (parsed.GetRequiredValue(runs), parsed.GetValue(run));
            (string? cropped, int zoomed) = (parsed.GetValue(crop), parsed.GetValue(zoom));
            return Interruptible.RunAsync(
                token =>
                {
                    TimelapsePictures pictures = new(Find(folder, name), frames, fps, cropped, zoomed);
                    if (pictures.LeftOut > 0)
                        error.WriteLine($"pggan: {pictures.LeftOut} snapshots of another size than the newest are left out.");
                    file.Check(pictures.Animation);
                    return Save(file, pictures, console.Profile.Out.Writer, error, token);
                },
                cancellationToken);
        });
        return command;
    }

    private static string Find(string runs, string? run) => run is not null
        ? RunDirectory.Find(runs, run)
        : RunDirectory.NewestFirst(runs).FirstOrDefault() ?? throw new UserException($"There is no run in {Path.GetFullPath(runs)}; name one, or the folder of the runs with --runs.");

    private static int Save(AnimationFile file, TimelapsePictures pictures, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            output.WriteLine(file.Save(pictures.Animation, pictures.Draw(), error, cancellationToken));
            return ExitCodes.Done;
        }
        catch (BadImageException e)
        {
            throw new UserException($"{e.Message}.", ExitCodes.DataUnusable, e);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }
}
