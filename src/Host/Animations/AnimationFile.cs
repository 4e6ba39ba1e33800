using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Files of animations: WebP and GIF by libvips, MP4 and WebM by ffmpeg.</summary>
internal sealed class AnimationFile
{
    /// <summary>Most memory for pictures that are encoded together.</summary>
    private const long MostHeldBytes = 1L << 30;

    /// <summary>Of a video some pictures wait at once; 8K in colour is 100 MB.</summary>
    private const long MostVideoPictureBytes = 128L << 20;

    private const int MostFps = 120;

    /// <summary>Viewers show shorter frames of a GIF for a tenth of a second.</summary>
    private const int MostGifFps = 50;

    private static readonly Dictionary<string, ImageFormat?> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        [".webp"] = ImageFormat.WebP,
        [".gif"] = ImageFormat.Gif,
        [".mp4"] = null,
        [".webm"] = null,
    };

    private readonly string _path;
    private readonly ImageFormat? _format;

    private AnimationFile(string path, ImageFormat? format) => (_path, _format) = (path, format);

    /// <summary>Understands the name of a file, before anything is drawn for it.</summary>
    /// <exception cref="UserException">It names no kind of animation, or one that needs ffmpeg, which is not there.</exception>
    public static AnimationFile Of(string path, int fps)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || !Endings.TryGetValue(Path.GetExtension(path), out ImageFormat? format))
            throw new UserException($"--out {path}: the ending says what to make; it must be {string.Join(", ", Endings.Keys)}.");
        if (fps is < 1 or > MostFps || (format == ImageFormat.Gif && fps > MostGifFps))
            throw new UserException($"--fps {fps} must be from 1 to {(format == ImageFormat.Gif ? $"{MostGifFps} in a GIF" : MostFps)}.");
        if (format is null && Ffmpeg.Find() is null)
            throw new UserException($"{path} takes ffmpeg, which is not on the path.\nInstall it (ffmpeg.org, or your system's packages), or name a .webp or .gif, which need nothing.");
        return new AnimationFile(path, format);
    }

    /// <summary>Fails for what the kind of file can't hold, or this machine not encode.</summary>
    public void Check(Animation animation)
    {
        if (_format is not { } format)
        {
            if (animation.PictureSize > MostVideoPictureBytes)
            {
                throw new UserException(
                    $"A picture of {animation.Width}x{animation.Height} pixels has {Say.Memory(animation.PictureSize)}, more than {Say.Memory(MostVideoPictureBytes)}; take a smaller grid or zoom.");
            }
            return;
        }
        int longest = format == ImageFormat.Gif ? AnimationCodec.GifLongestSide : AnimationCodec.WebPLongestSide;
        if (Math.Max(animation.Width, animation.Height) > longest)
            throw new UserException($"{animation.Width}x{animation.Height} pixels are more than {format} can hold, {longest} a side; take a smaller grid or zoom.");
        long bytes = (long)animation.PictureSize * animation.Shown.Count, rows = (long)animation.Height * animation.Shown.Count;
        if (bytes > MostHeldBytes || rows > AnimationCodec.MostRows)
        {
            throw new UserException(
                $"{animation.Shown.Count} pictures of {animation.Width}x{animation.Height} pixels are encoded together and need {Say.Memory(bytes)}, more than {Say.Memory(MostHeldBytes)};\n" +
                "take fewer seconds, a smaller grid or zoom, or name an .mp4.");
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="animation">What <see cref="Check"/> has let pass.</param>
    /// <param name="pictures">[H, W, C] bytes each, as many as the animation has; each is made when it is asked for.</param>
    /// <param name="error">For the progress.</param>
    /// <param name="cancellationToken">Ends it; nothing is left.</param>
    /// <returns>What was made.</returns>
    public string Save(Animation animation, IEnumerable<byte[]> pictures, TextWriter error, CancellationToken cancellationToken)
    {
        DrawProgress progress = new(animation.Shown.Count, error, "pictures");
        IEnumerable<byte[]> told = pictures.Select(picture =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Step();
            return picture;
        });
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        if (_format is { } format)
            Encode(format, animation, told, cancellationToken);
        else
            Ffmpeg.Encode(_path, animation, told, cancellationToken);
        return $"{progress.End(_path)}; {animation.Width}x{animation.Height}, {animation.Seconds:0.##}s at {animation.Fps} fps, {Say.Memory(new FileInfo(_path).Length)}";
    }

    private void Encode(ImageFormat format, Animation animation, IEnumerable<byte[]> pictures, CancellationToken cancellationToken)
    {
        byte[] all = new byte[animation.Shown.Count * animation.PictureSize];
        int filled = 0;
        foreach (byte[] picture in pictures)
        {
            picture.CopyTo(all, filled);
            filled += picture.Length;
        }
        IReadOnlyList<int> milliseconds = format == ImageFormat.Gif ? [.. animation.Steps(100).Select(step => step * 10)] : animation.Steps(1000);
        byte[] file = AnimationCodec.Encode(format, all, animation.Channels, animation.Width, animation.Height, milliseconds);

        // The encoder does not hear of an interruption; nothing is written behind one.
        cancellationToken.ThrowIfCancellationRequested();
        Durable.Replace(_path, file);
    }
}
