using System.Globalization;

namespace Pggan.Pipeline;

/// <summary>Seeded shapes on a ground, drawn when read: datasets that need no file, tests and benchmarks. The shape is the class.</summary>
public sealed class SyntheticSource : IImageSource
{
    private static readonly string[] Shapes = ["disc", "square", "diamond", "ring"];

    private const double HalfRing = .05; // of the width of its line, in units of the shorter side

    private readonly int _width;
    private readonly int _height;
    private readonly int _channels;
    private readonly int _seed;
    private readonly SourceLabels _labels;
    private readonly Lazy<string> _digest;

    /// <summary>A source of <paramref name="count"/> images.</summary>
    /// <param name="count">Images.</param>
    /// <param name="resolution">Their width in pixels, and their height where that is not told.</param>
    /// <param name="channels">1, 3, or 4: then the ground is transparent.</param>
    /// <param name="classes">0 (unlabelled) to 4.</param>
    /// <param name="seed">Of what is drawn.</param>
    /// <param name="height">In pixels; null = squares.</param>
    public SyntheticSource(int count, int resolution, int channels, int classes, int seed, int? height = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resolution);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height ?? resolution, nameof(height));
        ArgumentOutOfRangeException.ThrowIfNegative(classes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, Shapes.Length);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "an image has 1, 3 or 4 channels");
        Count = count;
        _width = resolution;
        _height = height ?? resolution;
        _channels = channels;
        _seed = seed;
        _labels = classes == 0
            ? SourceLabels.None
            : SourceLabels.OfClasses([.. Enumerable.Range(0, count).Select(index => index % classes)], Shapes[..classes]);
        var size = _height == _width ? $"{_width}" : $"{_width}x{_height}";
        Description = $"{count} synthetic images of {size} pixels";
        _digest = new Lazy<string>(() => SourceDigest.Of(
            $"synthetic {size} {channels} {seed}", count, NameOf, _ => (long)_width * _height * channels, _labels));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => _labels.Names;

    /// <inheritdoc/>
    public int LabelSize => _labels.Size;

    /// <inheritdoc/>
    public string Digest => _digest.Value;

    /// <inheritdoc/>
    public bool IsEncoded => false;

    /// <inheritdoc/>
    public string NameOf(int index) => "synthetic-" + index.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void CopyLabel(int index, Span<float> label) => _labels.Copy(index, label);

    /// <inheritdoc/>
    public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ValueTask.FromResult(Draw(index));
    }

    /// <summary>Nothing is held.</summary>
    public void Dispose()
    {
    }

    private PixelBuffer Draw(int index)
    {
        var random = new Random(unchecked(_seed * 486187739 + index * 16777619));
        var shape = _labels.Size > 0 ? index % _labels.Size : random.Next(Shapes.Length);
        var (x0, y0) = (.3 + .4 * random.NextDouble(), .3 + .4 * random.NextDouble());
        var radius = .15 + .2 * random.NextDouble();
        Span<byte> ground = stackalloc byte[3];
        Span<byte> ink = stackalloc byte[3];
        for (var channel = 0; channel < 3; channel++)
        {
            ground[channel] = (byte)random.Next(0, 112);
            ink[channel] = (byte)random.Next(144, 256);
        }

        // In units of the shorter side, so that a disc is round.
        var side = Math.Min(_width, _height);
        (x0, y0) = (x0 * ((double)_width / side), y0 * ((double)_height / side));
        var buffer = PixelBuffer.Rent(_width, _height, _channels);
        var colours = Math.Min(3, _channels);
        for (var channel = 0; channel < colours; channel++)
            buffer.Plane(channel).Fill(ground[channel]);
        if (_channels == 4)
            buffer.Plane(3).Clear();

        // No shape reaches further.
        var reach = radius + HalfRing + 2.0 / side;
        var (left, right) = (Math.Max(0, (int)((x0 - reach) * side)), Math.Min(_width, (int)((x0 + reach) * side) + 1));
        var (top, bottom) = (Math.Max(0, (int)((y0 - reach) * side)), Math.Min(_height, (int)((y0 + reach) * side) + 1));
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var (dx, dy) = ((x + .5) / side - x0, (y + .5) / side - y0);
                var distance = shape switch
                {
                    0 => Math.Sqrt(dx * dx + dy * dy) - radius,
                    1 => Math.Max(Math.Abs(dx), Math.Abs(dy)) - radius,
                    2 => (Math.Abs(dx) + Math.Abs(dy) - radius) * .7,
                    _ => Math.Abs(Math.Sqrt(dx * dx + dy * dy) - radius) - HalfRing,
                };

                // One pixel of soft edge keeps the small levels informative.
                var cover = Math.Clamp(.5 - distance * side, 0, 1);
                if (cover == 0)
                    continue;
                var at = y * _width + x;
                var share = _channels < 4 ? cover : 1;
                for (var channel = 0; channel < colours; channel++)
                    buffer.Plane(channel)[at] = share == 1 ? ink[channel] : (byte)Math.Round(ground[channel] + share * (ink[channel] - ground[channel]));
                if (_channels == 4)
                    buffer.Plane(3)[at] = (byte)Math.Round(255 * cover);
            }
        }

        return buffer;
    }
}
