using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The snapshots of a run as pictures in time, each with a line below it that says when it was drawn.</summary>
internal sealed class TimelapsePictures
{
    private const int MostZoom = 64;

    /// <summary>Width in pixels that each pixel of the letters takes one of.</summary>
    private const int WidthOfScale = 240;

    /// <summary>Pixels of the letters around them.</summary>
    private const int Margin = 2;

    /// <summary>Seconds that the newest snapshot stays on.</summary>
    private const int SecondsAtEnd = 1;

    private readonly string _run;
    private readonly List<Moment> _moments = [];
    private readonly int _width;
    private readonly int _height;
    private readonly int _zoom;

    /// <summary>A snapshot that is shown, with what is said of it.</summary>
    private sealed record Moment(RunSamples.Picture Picture, IReadOnlyList<string> Text);

    /// <summary>Plans the pictures.</summary>
    /// <param name="run">Folder of the run.</param>
    /// <param name="frames">In which the training passes.</param>
    /// <param name="fps">Frames a second.</param>
    /// <param name="crop">Columns and rows as typed; null = all.</param>
    /// <param name="zoom">Pixels a pixel.</param>
    /// <exception cref="UserException">The run has no snapshots, or they are smaller than asked for.</exception>
    public TimelapsePictures(string run, int frames, int fps, string? crop, int zoom)
    {
        if (zoom is < 1 or > MostZoom)
            throw new UserException($"--zoom {zoom} must be from 1 to {MostZoom}.");
        PngHeads heads = new();
        IReadOnlyList<RunSamples.Picture> all = RunSamples.Of(run, heads).Snapshots;
        if (all.Count == 0)
            throw new UserException($"{run} has no snapshots, fakes000000.png and so on; a timelapse is made of them.");
        RunSamples.Picture newest = all[^1];
        (int rows, int columns) = ((newest.Count + newest.Columns - 1) / newest.Columns, newest.Columns);
        if (crop is not null)
        {
            (int wide, int high) = GridSize.Parse("--crop", crop);
            if (wide > columns || high > rows)
                throw new UserException($"--crop {crop}: the snapshots have {columns}x{rows} images.");
            (columns, rows) = (wide, high);
        }
        (_run, _zoom, _width, _height) = (run, zoom, columns * newest.Cell, rows * newest.CellHeight);
        List<RunSamples.Picture> alike = [.. all.Where(p => (p.Columns, p.Count, p.Cell, p.CellHeight) == (newest.Columns, newest.Count, newest.Cell, newest.CellHeight))];
        LeftOut = all.Count - alike.Count;

        TrainingTime time = TrainingTime.Of(run);
        double?[] seconds = [.. alike.Select(p => time.At(p.Images))];
        bool isTimed = seconds[^1] > 0;
        IReadOnlyList<int> shown = Pace([.. alike.Select((p, i) => isTimed ? seconds[i] ?? 0 : p.Images)], frames);
        BaseSize size = KnownOptions.Of(run).Options?.Base ?? BaseSize.Square;
        List<int> shownOf = [];
        for (int i = 0; i < alike.Count; i++)
        {
            if (shown[i] == 0)
                continue;
            _moments.Add(new Moment(alike[i], TextOf(alike[i], size, isTimed ? seconds[i] : null)));
            shownOf.Add(shown[i]);
        }
        shownOf[^1] += SecondsAtEnd * fps;
        (int width, int height) = (_width * zoom, _height * zoom + (BitmapText.Height + 2 * Margin) * Scale);
        if ((long)width * height * 3 > int.MaxValue)
            throw new UserException($"{width}x{height} pixels are too many for one picture; take a smaller --crop or --zoom.");
        Animation = new Animation(3, width, height, fps, shownOf);
    }

    /// <summary>Size and times of the pictures.</summary>
    public Animation Animation { get; }

    /// <summary>Snapshots of another size than the newest's.</summary>
    public int LeftOut { get; }

    private int Scale => Math.Max(_width * _zoom / WidthOfScale, 1);

    /// <summary>
    /// For how many frames each snapshot is shown. At the share s of the animation the training has come to s^1.5 of its time, as the reference's
    /// video has it: early snapshots, in which more happens, stay longer.
    /// </summary>
    /// <param name="times">When each was drawn, ascending.</param>
    /// <param name="frames">Of the animation; the last one shows the last snapshot.</param>
    internal static IReadOnlyList<int> Pace(IReadOnlyList<double> times, int frames)
    {
        const double warp = 1.5;
        int[] shown = new int[times.Count];
        int current = 0;
        for (int frame = 0; frame < frames; frame++)
        {
            double now = frame == frames - 1 ? times[^1] : Math.Pow((double)frame / (frames - 1), warp) * times[^1];
            while (current + 1 < times.Count && times[current + 1] <= now)
                current++;
            shown[current]++;
        }
        return shown;
    }

    /// <summary>The pictures, [H, W, 3] bytes each.</summary>
    /// <exception cref="BadImageException">A snapshot is damaged.</exception>
    public IEnumerable<byte[]> Draw()
    {
        foreach (Moment moment in _moments)
        {
            byte[] picture = new byte[Animation.PictureSize];
            Place(moment.Picture.Name + ".png", picture);
            int across = Animation.Width / Scale - 2 * Margin;
            string text = Say.Fitting(moment.Text, across / BitmapText.Advance);
            BitmapText.Draw(picture, 3, Animation.Width, Margin * Scale, _height * _zoom + Margin * Scale, text, Scale);
            yield return picture;
        }
    }

    /// <summary>What is said of a snapshot, the most important first.</summary>
    private static IReadOnlyList<string> TextOf(RunSamples.Picture picture, BaseSize size, double? seconds) =>
    [
        FormattableString.Invariant($"kimg {picture.Kimg:0.0}"),
        size.At(picture.Resolution),
        .. picture.Alpha is { } alpha ? [FormattableString.Invariant($"alpha {alpha:0.00}")] : Array.Empty<string>(),
        .. seconds is { } time ? [Say.Time(time)] : Array.Empty<string>(),
    ];

    private void Place(string name, byte[] picture)
    {
        using PixelBuffer snapshot = Read(name);
        if (snapshot.Width < _width || snapshot.Height < _height)
            throw new BadImageException($"{Path.Combine(_run, name)} is smaller than it was");
        for (int c = 0; c < 3; c++)
        {
            ReadOnlySpan<byte> plane = snapshot.Plane(c % snapshot.Channels);
            for (int y = 0; y < _height * _zoom; y++)
            {
                ReadOnlySpan<byte> row = plane.Slice(y / _zoom * snapshot.Width, _width);
                for (int x = 0; x < Animation.Width; x++)
                    picture[(y * Animation.Width + x) * 3 + c] = row[x / _zoom];
            }
        }
    }

    private PixelBuffer Read(string name)
    {
        try
        {
            return ImageCodec.Decode(File.ReadAllBytes(Path.Combine(_run, name)), new DecodeOptions());
        }
        catch (BadImageException e)
        {
            throw new BadImageException($"{Path.Combine(_run, name)}: {e.Message}; delete it and make the timelapse of the others", e);
        }
    }
}
