namespace Pggan.Model;

/// <summary>
/// The layers of the authors' Theano code (network.py, G_paper and D_paper) in the order in which it stores them, and what they are here. Its
/// convolutions are true ones, which mirror their kernel, and its run-time scale is a number of the file: the deviation that the weight was drawn with.
/// </summary>
internal static class TheanoLayout
{
    private const double Linear = 1;
    private static readonly double Relu = Math.Sqrt(2);

    /// <summary>What a layer does, which decides on the axes of its weight; I inputs, O outputs.</summary>
    internal enum Kind
    {
        /// <summary>A 'full' convolution of one pixel, [O, I, 4, 4]; here a dense layer, [16 O, I].</summary>
        Stem,

        /// <summary>A 3x3 convolution, [O, I, 3, 3].</summary>
        Convolution,

        /// <summary>A layer within each pixel, [I, O]; here a 1x1 convolution, [O, I, 1, 1].</summary>
        Pixelwise,

        /// <summary>A convolution of a whole 4x4 image, [O, I, 4, 4]; here a dense layer, [O, 16 I].</summary>
        Whole,

        /// <summary>A dense layer, [I, O].</summary>
        Dense,
    }

    /// <summary>A layer with weight and bias.</summary>
    /// <param name="Parameter">Our state-dict name, without <c>.weight</c>.</param>
    /// <param name="Kind">What it does.</param>
    /// <param name="Gain">Of our run-time scale, gain / sqrt(fan-in).</param>
    internal sealed record Layer(string Parameter, Kind Kind, double Gain);

    /// <summary>Layers of G: those of features from 4x4 up, then those of colours from the final resolution down.</summary>
    public static IEnumerable<Layer> Generator(NetworkArchitecture architecture) =>
    [
        new("stem", Kind.Stem, Relu / 4),
        new("stem.conv", Kind.Convolution, Relu),
        .. Enumerable.Range(0, architecture.Levels - 1).SelectMany(Block),
        .. Enumerable.Range(0, architecture.Levels).Reverse().Select(level => new Layer($"toRgb.{level}", Kind.Pixelwise, Linear)),
    ];

    /// <summary>Layers of D from the final resolution down; the last one's classes, where it has them, lie behind it.</summary>
    public static IEnumerable<Layer> Discriminator(NetworkArchitecture architecture) =>
    [
        FromRgb(architecture.Levels - 1),
        .. Enumerable.Range(0, architecture.Levels - 1).Reverse().SelectMany(level => (Layer[])[.. Block(level), FromRgb(level)]),
        new("head.conv", Kind.Convolution, Relu),
        new("head.dense0", Kind.Whole, Relu),
        new("head.dense1", Kind.Dense, Linear),
    ];

    /// <summary>Shape of the Theano code's weight, by ours.</summary>
    public static long[] Shape(Kind kind, long[] ours) => kind switch
    {
        Kind.Stem => [ours[0] / 16, ours[1], 4, 4],
        Kind.Whole => [ours[0], ours[1] / 16, 4, 4],
        Kind.Convolution => ours,
        _ => [ours[1], ours[0]],
    };

    /// <summary>Our weight of the Theano code's, times what it multiplies with at run time and divided by what we do.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="weight">Its weight there.</param>
    /// <param name="scale">Its run-time scale there; null = none, here neither.</param>
    /// <param name="ours">Shape of our weight.</param>
    /// <exception cref="InvalidDataException">The product is not finite.</exception>
    public static HostTensor ToOurs(Layer layer, HostTensor weight, float? scale, long[] ours)
    {
        HostTensor turned = layer.Kind switch
        {
            Kind.Stem => weight.Permuted([0, 2, 3, 1]),
            Kind.Convolution or Kind.Whole => weight.Permuted([0, 1, 2, 3], mirrored: true),
            _ => weight.Permuted([1, 0]),
        };
        if (scale is not { } theirs)
            return new HostTensor(ours, turned.Data);

        // In these two steps, in single precision, as the authors' own converter does: equal to the bit.
        float own = (float)(layer.Gain / Math.Sqrt(ours[1..].Aggregate(1L, (a, b) => a * b)));
        float[] data = [.. turned.Data.Select(w => w * theirs / own)];
        return data.All(float.IsFinite)
            ? new HostTensor(ours, data)
            : throw new InvalidDataException($"the weight of {layer.Parameter} times its scale {theirs} is not finite");
    }

    private static IEnumerable<Layer> Block(int index) => [new($"blocks.{index}.conv0", Kind.Convolution, Relu), new($"blocks.{index}.conv1", Kind.Convolution, Relu)];

    private static Layer FromRgb(int level) => new($"fromRgb.{level}", Kind.Pixelwise, Relu);
}
