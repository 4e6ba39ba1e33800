using System.Diagnostics;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>Videos by the program ffmpeg, which takes raw pictures on its standard input.</summary>
internal static class Ffmpeg
{
    private const int PicturesAhead = 8;

    /// <summary>H.264 at a quality that shows no difference, in the format that all players know; the index goes to the front.</summary>
    private static readonly string[] Mp4 = ["-c:v", "libx264", "-crf", "16", "-preset", "medium", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"];

    private static readonly string[] WebM = ["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1", "-pix_fmt", "yuv420p", "-f", "webm"];

    /// <summary>Colours are those of sRGB, and said to be; half the colour's pixels need an even size.</summary>
    private const string Filter = "scale=out_color_matrix=bt709:out_range=tv,pad=ceil(iw/2)*2:ceil(ih/2)*2";

    private static readonly string[] Colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"];

    /// <summary>The program, or null where it is not on the path.</summary>
    public static string? Find()
    {
        string name = OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>Makes a video: .webm by VP9, anything else an MP4.</summary>
    /// <param name="path">Written whole or not at all.</param>
    /// <param name="animation">Size and times of the pictures.</param>
    /// <param name="pictures">[H, W, C] bytes each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="UserException">ffmpeg is not there, or fails.</exception>
    public static void Encode(string path, Animation animation, IEnumerable<byte[]> pictures, CancellationToken cancellationToken)
    {
        string[] kind = Path.GetExtension(path).Equals(".webm", StringComparison.OrdinalIgnoreCase) ? WebM : Mp4;

        // It needs a file to go back and forth in; only a whole one comes to its place.
        string made = Path.Combine(Path.GetTempPath(), $"pggan-{Guid.NewGuid():N}");
        try
        {
            // Whoever interrupts does not wait for a picture that is being drawn, nor for what follows here.
            using CancellationTokenRegistration interruption = cancellationToken.Register(() => File.Delete(made));
            Run(
                [
                    "-hide_banner", "-loglevel", "error", "-y",
                    "-f", "rawvideo", "-pix_fmt", animation.Channels == 1 ? "gray" : "rgb24",
                    "-video_size", $"{animation.Width}x{animation.Height}", "-framerate", $"{animation.Fps}", "-i", "pipe:0",
                    "-an", "-vf", Filter, .. kind, .. Colours, made,
                ],
                animation, pictures, cancellationToken);
            using FileStream video = File.OpenRead(made);
            Durable.Replace(path, video.CopyTo, cancellationToken);
        }
        finally
        {
            File.Delete(made);
        }
    }

    private static void Run(string[] arguments, Animation animation, IEnumerable<byte[]> pictures, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(Find() ?? throw new UserException("ffmpeg is no longer on the path."), arguments) { RedirectStandardInput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new UserException("ffmpeg can't be started.");
        string said = "";
        process.ErrorDataReceived += (_, line) => said = string.IsNullOrWhiteSpace(line.Data) ? said : line.Data.Trim();
        process.BeginErrorReadLine();
        try
        {
            using CancellationTokenRegistration interruption = cancellationToken.Register(() => End(process));
            bool heard = Feed(process.StandardInput.BaseStream, animation, pictures);
            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            if (process.ExitCode != 0 || !heard)
                throw new UserException($"ffmpeg failed ({process.ExitCode}): {(said.Length > 0 ? said : "it gave no reason")}");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Ends it with all that it has started, and waits until it has let go of its files.</summary>
    private static void End(Process process)
    {
        if (process.HasExited)
            return;
        process.Kill(entireProcessTree: true);
        process.WaitForExit(TimeSpan.FromSeconds(1));
    }

    /// <summary>Writes every frame; false when the program does not read them all.</summary>
    private static bool Feed(Stream input, Animation animation, IEnumerable<byte[]> pictures)
    {
        int number = 0;
        foreach (byte[] picture in Ahead.Of(pictures, PicturesAhead))
        {
            try
            {
                for (int i = 0; i < animation.Shown[number]; i++)
                    input.Write(picture);
            }
            catch (IOException)
            {
                return false;
            }
            number++;
        }
        try
        {
            input.Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
