namespace Pggan.Model;

/// <summary>
/// The tensors of pytorch_GAN_zoo's progressive networks and what they are here. The zoo multiplies a layer's whole output, its bias too, by
/// sqrt(2 / fan-in): ours is gain * sqrt(2 / fan-in) * W x + b, so that W is theirs divided by the gain, and b theirs times sqrt(2 / fan-in). It
/// adds layers as it grows: a network of three scales has no others.
/// </summary>
internal static class ZooLayout
{
    private static readonly double Linear = Math.Sqrt(0.5);

    /// <summary>A layer with weight and bias.</summary>
    /// <param name="Name">The zoo's, without <c>.module.weight</c>.</param>
    /// <param name="Parameter">Our state-dict name, without <c>.weight</c>.</param>
    /// <param name="Gain">Our run-time scale divided by the zoo's.</param>
    /// <param name="BiasCopies">Elements that share a number of our bias.</param>
    internal sealed record Layer(string Name, string Parameter, double Gain = 1, int BiasCopies = 1);

    /// <summary>Layers of G, grown to a level, in the order of the zoo's files.</summary>
    public static IEnumerable<Layer> Generator(int level) =>
    [
        .. Enumerable.Range(0, level).SelectMany(k => new Layer[] { new($"scaleLayers.{k}.0", $"blocks.{k}.conv0"), new($"scaleLayers.{k}.1", $"blocks.{k}.conv1") }),
        .. Enumerable.Range(0, level + 1).Select(k => new Layer($"toRGBLayers.{k}", $"toRgb.{k}", Linear)),
        new("formatLayer", "stem", 0.25, 16),
        new("groupScale0.0", "stem.conv"),
    ];

    /// <summary>The same of D.</summary>
    public static IEnumerable<Layer> Discriminator(int level) =>
    [
        .. Enumerable.Range(0, level).SelectMany(k => new Layer[] { new($"scaleLayers.{k}.0", $"blocks.{k}.conv0"), new($"scaleLayers.{k}.1", $"blocks.{k}.conv1") }),
        .. Enumerable.Range(0, level + 1).Select(k => new Layer($"fromRGBLayers.{k}", $"fromRgb.{k}")),
        new("decisionLayer", "head.dense1", Linear),
        new("groupScaleZero.0", "head.conv"),
        new("groupScaleZero.1", "head.dense0"),
    ];

    /// <summary>The zoo's tensors of a layer of ours, which are the same where the network follows the zoo's conventions.</summary>
    public static (HostTensor Weight, HostTensor Bias) ToZoo(Layer layer, HostTensor weight, HostTensor bias, NetworkArchitecture architecture)
    {
        if (architecture.IsOfZoo)
            return (weight, bias);
        bool hasScale = architecture.EqualizedLearningRate; // without it neither has one
        double scale = hasScale ? Math.Sqrt(2.0 / weight.Shape[1..].Aggregate(1L, (a, b) => a * b)) : 1;
        return (
            hasScale ? new HostTensor(weight.Shape, [.. weight.Data.Select(w => (float)(w * layer.Gain))]) : weight,
            new HostTensor([bias.Data.Length * layer.BiasCopies], [.. bias.Data.SelectMany(b => Enumerable.Repeat((float)(b / scale), layer.BiasCopies))]));
    }
}
