using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The pictures of a way through latent space, a grid of images each.</summary>
internal sealed class WalkPictures
{
    /// <summary>Width in pixels that grid and zoom make by themselves, where images are smaller.</summary>
    public const int UsualWidth = 512;

    private const int MostUsualColumns = 4;
    private const int MostZoom = 64;
    private const double MostSmoothing = 3600;
    private const int MostKeyframes = 1000;

    /// <summary>Images that are drawn together where a picture has fewer.</summary>
    private const int ImagesAtOnce = 64;

    /// <summary>Most floats of the images that are drawn together, and of all latents.</summary>
    private const long FloatsAtOnce = 1 << 24, MostLatents = 1 << 25;

    private readonly DrawnNetwork _network;
    private readonly (int Columns, int Rows) _grid;
    private readonly int _zoom;
    private readonly HostTensor _latents;
    private readonly HostTensor? _labels;

    /// <summary>Plans the way.</summary>
    /// <exception cref="UserException">A part of the request does not fit the network, or is out of its range.</exception>
    public WalkPictures(WalkRequest request, DrawnNetwork network)
    {
        _network = network;
        NetworkArchitecture architecture = network.Architecture;
        (int width, int height) = (architecture.WidthAt(network.Resolution), architecture.HeightAt(network.Resolution));
        int columns = Math.Clamp(UsualWidth / width, 1, MostUsualColumns);
        _grid = request.Grid is { } typed ? GridSize.Parse("--grid", typed) : (columns, Math.Max(columns / 2, 1));
        _zoom = request.Zoom ?? Math.Max(UsualWidth / (_grid.Columns * width), 1);
        if (_zoom is < 1 or > MostZoom)
            throw new UserException($"--zoom {_zoom} must be from 1 to {MostZoom}.");
        if (request.Smoothing is not (>= 0 and <= MostSmoothing))
            throw new UserException($"--smoothing {request.Smoothing} must be from 0 to {MostSmoothing} seconds.");
        IReadOnlyList<ClassChoice> classes = ClassList.Parse(request.Class, network.Snapshot);
        if (architecture.LabelSize > 0 && classes.Count == 0)
            throw ClassList.Missing(network.Snapshot);
        long across = (long)_grid.Columns * width * _zoom, down = (long)_grid.Rows * height * _zoom;
        if (across * down * architecture.Channels > int.MaxValue)
            throw new UserException($"{across}x{down} pixels are too many for one picture; take a smaller grid or zoom.");
        if ((long)request.Frames * Cells * architecture.Latents > MostLatents)
            throw new UserException($"{request.Frames} frames of {Cells} images are too many for one animation; take fewer seconds or a smaller grid.");
        Animation = new Animation(Math.Min(architecture.Channels, 3), (int)across, (int)down, request.Fps, [.. Enumerable.Repeat(1, request.Frames)]);
        _latents = request.Keyframes is { } seeds
            ? LatentWalk.Between(ImageSampler.Latents(architecture.Latents, Keys(seeds)), request.Frames, Cells)
            : LatentWalk.Smooth(request.Frames, Cells, architecture.Latents, request.Smoothing * request.Fps, request.Seed);
        _labels = classes.Count == 0 ? null : new HostTensor([Cells, architecture.LabelSize], Labels(classes, architecture.LabelSize));
    }

    /// <summary>Size and times of the pictures.</summary>
    public Animation Animation { get; }

    private int Cells => _grid.Columns * _grid.Rows;

    /// <summary>The pictures, [H, W, C] bytes each.</summary>
    public IEnumerable<byte[]> Draw(ImageSampler sampler, CancellationToken cancellationToken)
    {
        int frames = Animation.Shown.Count, pictureSize = Cells * _network.ImageSize;
        int atOnce = (int)Math.Clamp(Math.Min(ImagesAtOnce / Cells, FloatsAtOnce / pictureSize), 1, frames);
        for (int first = 0; first < frames; first += atOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(atOnce, frames - first), width = _network.Architecture.Latents;
            float[] latents = _latents.Data.AsSpan(first * Cells * width, count * Cells * width).ToArray();
            HostTensor? labels = _labels is null ? null : new HostTensor(
                [count * Cells, _labels.Shape[1]], [.. Enumerable.Repeat(_labels.Data, count).SelectMany(row => row)]);
            byte[] images = ImageSampler.ToBytes(sampler.Render(new HostTensor([count * Cells, width], latents), labels, _network.Stage).Data);
            for (int i = 0; i < count; i++)
            {
                byte[] planar = ImageGrid.Compose(
                    images.AsSpan(i * pictureSize, pictureSize), _network.Architecture.Channels, _network.Width, _network.Height, _grid.Columns, _zoom);
                byte[] picture = new byte[Animation.PictureSize];
                ImageCodec.Interleave(OnWhite(planar, picture.Length), Animation.Channels, picture);
                yield return picture;
            }
        }
    }

    /// <summary>Planes without the one of alpha, if there is one: video has none.</summary>
    private static byte[] OnWhite(byte[] planar, int size)
    {
        if (planar.Length == size)
            return planar;
        byte[] colours = planar[..size];
        int plane = size / 3;
        for (int i = 0; i < size; i++)
            colours[i] = ImageCodec.Over(colours[i], planar[size + i % plane], 255);
        return colours;
    }

    private static IReadOnlyList<long> Keys(string text)
    {
        IReadOnlyList<long> seeds = SeedList.Parse(text, "--keyframes");
        return seeds.Count is >= 2 and <= MostKeyframes ? seeds : throw new UserException($"--keyframes {text}: a way leads between 2 to {MostKeyframes} seeds.");
    }

    private float[] Labels(IReadOnlyList<ClassChoice> classes, int size)
    {
        float[] labels = new float[Cells * size];
        for (int i = 0; i < Cells; i++)
            classes[i % classes.Count].CopyTo(labels.AsSpan(i * size, size));
        return labels;
    }
}
