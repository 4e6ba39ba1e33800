using System.Diagnostics;
using NetVips;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class AnimationTests : IDisposable
{
    private readonly InputFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.webp", 32, 16, "--smoothing", "0.05")]
    [InlineData("a.gif", 32, 16, "--smoothing", "0.05")]
    [InlineData("a.WEBP", 24, 24, "--grid", "3x3", "--zoom", "1", "--smoothing", "0.1")]
    [InlineData("a.webp", 32, 16, "--keyframes", "1-3")]
    [InlineData("a.webp", 8, 8, "--grid", "1x1", "--zoom", "2", "--resolution", "4", "--smoothing", "0.1")]
    public async Task A_walk_is_an_endless_animation(string name, int width, int height, params string[] options)
    {
        string[] size = [.. options.Contains("--zoom") ? [] : (string[])["--zoom", "1"], .. options.Contains("--resolution") ? [] : (string[])["--resolution", "8"]];
        string output = await MakeAsync(["interpolate", "--network", _folder.Network(), "--device", "cpu", "--seconds", "0.5", "--fps", "20", "--out", _folder[name], .. size, .. options]);
        Assert.Contains($"{_folder[name]}: 10 pictures in ", output, StringComparison.Ordinal);
        Assert.Contains($"{width}x{height}, 0.5s at 20 fps", output, StringComparison.Ordinal);
        using Image all = Image.NewFromFile(_folder[name] + "[n=-1]");
        Assert.Equal((width, 10 * height, 10), (all.Width, all.Height, (int)all.Get("n-pages")));
        Assert.Equal(Enumerable.Repeat(50, 10), (int[])all.Get("delay"));
    }

    [Fact]
    public async Task The_first_frame_between_keys_is_the_image_of_the_first_seed()
    {
        string network = _folder.Network(classes: 3);
        await MakeAsync(["sample", "--network", network, "--device", "cpu", "--resolution", "8", "--seeds", "5", "--class", "1", "--out", _folder["seed.png"]]);
        string[] walk = ["interpolate", "--network", network, "--device", "cpu", "--resolution", "8", "--keyframes", "5,6", "--class", "1", "--grid", "1x1", "--zoom", "8", "--seconds", "0.2", "--fps", "20", "--out"];
        await MakeAsync([.. walk, _folder["a.webp"]]);
        await MakeAsync([.. walk, _folder["b.webp"]]);
        Assert.Equal(await File.ReadAllBytesAsync(_folder["a.webp"], TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(_folder["b.webp"], TestContext.Current.CancellationToken));
        using Image seed = Image.NewFromFile(_folder["seed.png"]), opaque = Image.NewFromFile(_folder["a.webp"]), first = opaque.ExtractBand(0, n: 3);
        using Image zoomed = seed.Zoom(8, 8);
        Assert.Equal((64, 64), (first.Width, first.Height));
        using Image difference = (zoomed - first).Abs();
        Assert.InRange(difference.Avg(), 0, 8); // WebP is lossy
        using Image shifted = zoomed.Rot180();
        using Image other = (shifted - first).Abs();
        Assert.True(other.Avg() > 2 * difference.Avg(), "the first frame shows something else");
    }

    [Fact]
    public async Task Smoothing_that_leaves_no_movement_is_mentioned()
    {
        string[] walk = ["interpolate", "--network", _folder.Network(), "--device", "cpu", "--seconds", "0.5", "--fps", "10", "--out", _folder["a.webp"], "--smoothing"];
        var (_, _, error) = await CommandLine.RunAsync([.. walk, "1"]);
        Assert.Equal("pggan: smoothing over 1s leaves hardly any movement in 0.5s; take more seconds or less smoothing.\n", error);
        (_, _, error) = await CommandLine.RunAsync([.. walk, "0.2"]);
        Assert.Equal("", error);
    }

    [Fact]
    public void Times_of_pictures_add_up()
    {
        Animation animation = new(3, 4, 4, 30, [1, 1, 1, 2, 1]);
        Assert.Equal([33, 34, 33, 67, 33], animation.Steps(1000));
        Assert.Equal([3, 4, 3, 7, 3], animation.Steps(100));
        Assert.Equal(0.2, animation.Seconds);
    }

    [Theory]
    [InlineData(new[] { 0.0, 10, 20, 30 }, 4, new[] { 2, 1, 0, 1 })] // at 0, 5.8, 16.3 and 30
    [InlineData(new[] { 0.0, 100 }, 10, new[] { 9, 1 })]
    [InlineData(new[] { 0.0 }, 3, new[] { 3 })]
    [InlineData(new[] { 0.0, 1, 2, 100 }, 2, new[] { 1, 0, 0, 1 })]
    [InlineData(new[] { 0.0, 5 }, 1, new[] { 0, 1 })]
    public void A_timelapse_comes_to_the_end_and_dwells_on_the_beginning(double[] times, int frames, int[] shown) =>
        Assert.Equal(shown, TimelapsePictures.Pace(times, frames));

    [Fact]
    public async Task A_timelapse_shows_the_snapshots_of_a_run_with_their_times()
    {
        string run = Run();
        string output = await MakeAsync(["timelapse", run, "--seconds", "1", "--fps", "10", "--out", _folder["t.webp"]]);
        Assert.Contains("t.webp: 3 pictures in ", output, StringComparison.Ordinal);
        Assert.Contains(", 2s at 10 fps", output, StringComparison.Ordinal); // and a second at the end
        using Image all = Image.NewFromFile(_folder["t.webp"] + "[n=-1]");
        Assert.Equal((128, 64 + 11, 3), (all.Width, (int)all.Get("page-height"), (int)all.Get("n-pages")));
        Assert.Equal(2000, ((int[])all.Get("delay")).Sum());

        // Snapshots get lighter; below them is white text on black.
        double[] shades = [.. Enumerable.Range(0, 3).Select(i => all.Getpoint(20, i * 75 + 20)[0])];
        Assert.Equal([60, 120, 180], shades, (x, y) => Math.Abs(x - y) < 6);
        using Image band = all.Crop(0, 64, 128, 11)[0];
        Assert.InRange(band.Max(), 200, 255);
        Assert.InRange(band.Avg(), 5, 60);
    }

    [Fact]
    public async Task A_timelapse_may_show_a_part_of_each_snapshot_larger()
    {
        string run = Run();
        await MakeAsync(["timelapse", run, "--seconds", "1", "--fps", "10", "--crop", "1x2", "--zoom", "2", "--out", _folder["t.gif"]]);
        using Image all = Image.NewFromFile(_folder["t.gif"] + "[n=-1]");
        Assert.Equal((64, 2 * 64 + 11), (all.Width, (int)all.Get("page-height")));
        var (code, _, error) = await CommandLine.RunAsync("timelapse", run, "--crop", "5x1", "--out", _folder["u.gif"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--crop 5x1: the snapshots have 4x2 images", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_named()
    {
        string run = Run(), damaged = Path.Combine(run, "fakes000002.png");
        byte[] bytes = await File.ReadAllBytesAsync(damaged, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(damaged, bytes[..^40], TestContext.Current.CancellationToken);
        var (code, _, error) = await CommandLine.RunAsync("timelapse", run, "--seconds", "1", "--out", _folder["t.webp"]);
        Assert.Equal(ExitCodes.DataUnusable, code);
        Assert.Contains(damaged, error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["t.webp"]));
    }

    [Fact]
    public void Time_between_ticks_is_that_of_the_images()
    {
        string run = HandmadeRun.Make(_folder.Runs, "00000-a", stats: HandmadeRun.Tick(1000) + "torn\n" + HandmadeRun.Tick(3000));
        TrainingTime time = TrainingTime.Of(run);
        Assert.Equal([0, 500, 1000, 2000, 3000, 3000], new long[] { 0, 500, 1000, 2000, 3000, 9000 }.Select(images => time.At(images)!.Value));
        Assert.Null(TrainingTime.Of(HandmadeRun.Make(_folder.Runs, "00001-b")).At(5));
    }

    [Theory]
    [InlineData("--out", "{0}/a.png", "must be .webp, .gif, .mp4, .webm")]
    [InlineData("--fps", "0", "--fps 0 must be from 1 to 120")]
    [InlineData("--seconds", "0", "are 0 frames")]
    [InlineData("--seconds", "NaN", "NaN frames")]
    [InlineData("--seconds", "9999", "must be from 1 to 100000")]
    [InlineData("--zoom", "0", "--zoom 0 must be from 1 to 64")]
    [InlineData("--grid", "2", "--grid 2 is no grid")]
    [InlineData("--grid", "900x900", "too many")]
    [InlineData("--smoothing", "-1", "--smoothing -1 must be from 0")]
    [InlineData("--keyframes", "7", "between 2 to 1000 seeds")]
    [InlineData("--keyframes", "lucky", "--keyframes lucky is no list of seeds")]
    [InlineData("--class", "1", "knows no classes")]
    [InlineData("--seconds", "3000", "or name an .mp4")]
    public async Task A_mistake_is_answered_and_makes_nothing(string option, string value, string says)
    {
        string network = _folder.Network();
        string[] typed = [option, value.Replace("{0}", _folder.Path, StringComparison.Ordinal), .. option == "--out" ? [] : (string[])["--out", _folder["a.webp"]]];
        var before = _folder.Snapshot();
        var (code, _, error) = await CommandLine.RunAsync(["interpolate", "--network", network, "--device", "cpu", .. typed]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.InRange(error.TrimEnd().Split('\n').Length, 1, 2);
        Assert.Equal(before, _folder.Snapshot());
    }

    [Fact]
    public async Task A_gif_can_not_be_faster_than_viewers_are()
    {
        var (code, _, error) = await CommandLine.RunAsync("interpolate", "--network", "nowhere", "--fps", "60", "--out", _folder["a.gif"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--fps 60 must be from 1 to 50 in a GIF", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_without_snapshots_has_no_timelapse()
    {
        var (code, _, error) = await CommandLine.RunAsync("timelapse", HandmadeRun.Make(_folder.Runs, "00000-a"), "--out", _folder["t.webp"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("has no snapshots", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_ffmpeg_a_video_is_refused_with_a_way_out()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "starts the program with another path");
        Directory.CreateDirectory(_folder["empty"]);
        var (code, error) = await WithPathAsync(_folder["empty"], Video("a.mp4"));
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("takes ffmpeg, which is not on the path", error, StringComparison.Ordinal);
        Assert.Contains(".webp", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["a.mp4"]));
    }

    [Theory]
    [InlineData("echo trying >&2; echo \"Unknown encoder 'libx264'\" >&2; exit 8", "ffmpeg failed (8): Unknown encoder 'libx264'")]
    [InlineData("/bin/cat >/dev/null; echo 'No space left on device' >&2; exit 1", "ffmpeg failed (1): No space left on device")]
    [InlineData("exit 3", "ffmpeg failed (3): it gave no reason")]
    public async Task What_ffmpeg_says_last_is_told_and_no_file_is_left(string script, string says)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "uses a shell script");
        string fake = _folder.Write("bin/ffmpeg", "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (code, error) = await WithPathAsync(_folder["bin"], Video("a.mp4"));
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), file => file.EndsWith(".mp4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a.mp4", 4, "ftyp")]
    [InlineData("a.webm", 0, "\u001aE\u00df\u00a3")]
    public async Task Where_ffmpeg_is_installed_it_makes_videos(string name, int offset, string magic)
    {
        Assert.SkipWhen(Ffmpeg.Find() is null, "ffmpeg is not installed");
        await MakeAsync(Video(name));
        byte[] file = await File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken);
        Assert.Equal(magic, System.Text.Encoding.Latin1.GetString(file, offset, 4));
        Assert.Equal("network.safetensors", string.Join(' ', Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)).Where(f => f != name)));
    }

    private string[] Video(string name) =>
        ["interpolate", "--network", _folder.Network(), "--device", "cpu", "--seconds", "1", "--fps", "10", "--zoom", "4", "--out", _folder[name]];

    /// <summary>A run of 4x2 images that fill cells of 32 pixels, with three snapshots, each lighter than the one before.</summary>
    private string Run()
    {
        string options = OptionsDocument.Print(new RunOptions { Resolution = 32, SampleColumns = 4, SampleRows = 2, TotalKimg = 3 }, null);
        string run = HandmadeRun.Make(_folder.Runs, "00000-a", options, HandmadeRun.Tick(1000) + HandmadeRun.Tick(2000) + HandmadeRun.Tick(3000));
        for (int i = 1; i <= 3; i++)
        {
            byte[] pixels = new byte[3 * 128 * 64];
            pixels.AsSpan().Fill((byte)(60 * i));
            Dictionary<string, string> text = new() { ["kimg"] = $"{i}.000", ["resolution"] = "16", ["alpha"] = "0.5", ["seed"] = "1" };
            File.WriteAllBytes(Path.Combine(run, $"fakes{i:D6}.png"), ImageCodec.EncodePng(pixels, 3, 128, 64, text));
        }
        return run;
    }

    private static async Task<string> MakeAsync(string[] args)
    {
        var (code, output, error) = await CommandLine.RunAsync(args);
        Assert.True(code == ExitCodes.Done, error);
        return output;
    }

    /// <summary>The program in a process with another path.</summary>
    private static async Task<(int Exit, string Error)> WithPathAsync(string path, string[] args)
    {
        ProcessStartInfo start = new(SignalledProcess.Executable, args) { RedirectStandardError = true };
        start.Environment["PATH"] = path;
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, error);
    }
}
