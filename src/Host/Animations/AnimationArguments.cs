using System.CommandLine;

namespace Pggan.Host;

/// <summary>The options that every animation has.</summary>
internal sealed class AnimationArguments
{
    private const int MostFrames = 100_000;

    private readonly Option<double> _seconds;
    private readonly Option<int> _fps = new("--fps") { Description = "Frames a second.", HelpName = "N", DefaultValueFactory = _ => 30 };
    private readonly Option<string> _out;

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="seconds">Usual length.</param>
    /// <param name="target">Usual file.</param>
    public AnimationArguments(Command command, double seconds, string target)
    {
        _seconds = new Option<double>("--seconds") { Description = "Length.", HelpName = "S", DefaultValueFactory = _ => seconds };
        _out = new Option<string>("--out")
        {
            Description = "File .webp or .gif; .mp4 or .webm where ffmpeg is installed.",
            HelpName = "FILE",
            DefaultValueFactory = _ => target,
        };
        foreach (Option option in new Option[] { _seconds, _fps, _out })
            command.Add(option);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="UserException">A number is out of its range, or the file is of no kind that can be made.</exception>
    public (AnimationFile File, int Frames, int Fps) Read(ParseResult parsed)
    {
        (double seconds, int fps) = (parsed.GetValue(_seconds), parsed.GetValue(_fps));
        AnimationFile file = AnimationFile.Of(parsed.GetRequiredValue(_out), fps);
        double frames = Math.Round(seconds * fps);
        return frames is >= 1 and <= MostFrames
            ? (file, (int)frames, fps)
            : throw new UserException($"--seconds {seconds} at {fps} fps are {frames} frames; they must be from 1 to {MostFrames}.");
    }
}
