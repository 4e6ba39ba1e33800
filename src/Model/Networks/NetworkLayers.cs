namespace Pggan.Model;

/// <summary>
/// The layers of G and D, as <see cref="Generator"/> and <see cref="Discriminator"/> compute them at the final resolution, with the way of each fade: there "alpha" is the
/// weight of the newest path, and a network that has not grown so far has 0.
/// </summary>
public static class NetworkLayers
{
    private const string Convolution = "Conv2D";
    private const string TransposedConvolution = "Conv2DBackpropInput";
    private const string Dense = "MatMul";
    private const string BatchNorm = "FusedBatchNormV3";
    private const string Placeholder = "Placeholder";
    private const string Fade = "Lerp";
    private const string Switch = "Select"; // the zoo's D takes 8x8 in one step

    /// <summary>Those of G, then those of D; each after its inputs.</summary>
    public static IReadOnlyList<NetworkLayer> Of(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        Drawing generator = new("G", architecture), discriminator = new("D", architecture);
        if (architecture.Layout == NetworkLayout.Dcgan)
        {
            AddDcganGenerator(generator, architecture);
            AddDcganDiscriminator(discriminator, architecture);
        }
        else
        {
            AddGenerator(generator, architecture);
            AddDiscriminator(discriminator, architecture);
        }
        return [.. generator.Layers, .. discriminator.Layers];
    }

    private static void AddGenerator(Drawing g, NetworkArchitecture a)
    {
        string x = Latents(g, a);
        if (a.NormalizeLatents && !a.LatentsAreDirections)
            x = g.Add("latents/norm", "PixelNorm", [-1, a.Latents + a.LabelSize], x);
        x = Activation("stem", g.Add("stem", Dense, g.Features(0), x), 0);
        x = Activation("stem.conv", g.Add("stem.conv", Convolution, g.Features(0), x), 0);
        string image = ToRgb(0);
        string? alpha = null;
        for (int k = 1; k < a.Levels; k++)
        {
            string name = $"blocks.{k - 1}";
            x = a.FusedScale
                ? g.Add(name + ".conv0", TransposedConvolution, g.Features(k), x)
                : g.Add(name + ".conv0", Convolution, g.Features(k), g.Add(name + "/up", "ResizeNearestNeighbor", [-1, a.FeatureMaps(k), .. g.Size(k)], x));
            x = Activation(name + ".conv0", x, k);
            x = Activation(name + ".conv1", g.Add(name + ".conv1", Convolution, g.Features(k), x), k);
            string old = g.Add($"fade.{k}/up", "ResizeNearestNeighbor", g.Image(k), $"G/toRgb.{k - 1}");
            image = g.Add($"fade.{k}", Fade, g.Image(k), old, ToRgb(k), alpha ??= g.Add("alpha", Placeholder, []));
        }
        g.Add("images", a.TanhOutput ? "Tanh" : "Identity", g.Image(a.Levels - 1), image);

        string ToRgb(int k) => g.Add($"toRgb.{k}", Convolution, g.Image(k), x);

        string Activation(string name, string input, int k)
        {
            if (a.BatchNorm)
                input = g.Add(name + ".norm", BatchNorm, g.Features(k), input);
            string y = g.Add(name + (a.LeakyRelu ? "/lrelu" : "/relu"), a.LeakyRelu ? "LeakyRelu" : "Relu", g.Features(k), input);
            return a.PixelNorm ? g.Add(name + "/norm", "PixelNorm", g.Features(k), y) : y;
        }
    }

    private static void AddDiscriminator(Drawing d, NetworkArchitecture a)
    {
        int top = a.Levels - 1;
        string images = d.Add("images", Placeholder, d.Image(top)), x = FromRgb(top);
        string? alpha = null;
        for (int k = top; k >= 1; k--)
        {
            string name = $"blocks.{k - 1}";
            x = Activation(name + ".conv0", d.Add(name + ".conv0", Convolution, d.Features(k), x), d.Features(k));
            int[] second = a.FusedScale ? d.Features(k - 1) : [-1, a.FeatureMaps(k), .. d.Size(k)];
            x = Activation(name + ".conv1", d.Add(name + ".conv1", Convolution, second, x), second);
            if (!a.FusedScale)
                x = d.Add(name + "/down", "AvgPool", d.Features(k - 1), x);
            images = d.Add($"fade.{k}/down", "AvgPool", d.Image(k - 1), images);
            x = d.Add($"fade.{k}", a.IsOfZoo && k == 1 ? Switch : Fade, d.Features(k - 1), FromRgb(k - 1), x, alpha ??= d.Add("alpha", Placeholder, []));
        }
        int[] hidden = [-1, a.FeatureMaps(0)];
        if (a.StdDevGroup > 1)
            x = d.Add("head/stddev", "MinibatchStdDev", [-1, a.FeatureMaps(1) + 1, .. d.Size(0)], x);
        x = Activation("head.conv", d.Add("head.conv", Convolution, d.Features(0), x), d.Features(0));
        x = d.Add("head/flat", "Reshape", [-1, a.FeatureMaps(1) * a.BasePixels], x);
        x = Activation("head.dense0", d.Add("head.dense0", Dense, hidden, x), hidden);
        if (a.DiscriminationKernels > 0)
            x = d.Add("head.discrimination", "MinibatchDiscrimination", [-1, a.FeatureMaps(0) + a.DiscriminationKernels], x);
        Outputs(d, a, d.Add("head.dense1", Dense, [-1, 1 + a.LabelSize], x));

        string Activation(string name, string input, int[] shape) =>
            d.LeakyRelu(name, a.LayerNorm ? d.Add(name + ".norm", "LayerNorm", shape, input) : input, shape);

        string FromRgb(int k) => d.LeakyRelu($"fromRgb.{k}", d.Add($"fromRgb.{k}", Convolution, d.Features(k), images), d.Features(k));
    }

    private static void AddDcganGenerator(Drawing g, NetworkArchitecture a)
    {
        string x = Normalized("stem", g.Add("stem", Dense, g.Features(0), Latents(g, a)), 0);
        for (int k = 1; k < a.Levels - 1; k++)
            x = Normalized($"blocks.{k - 1}", g.Add($"blocks.{k - 1}.conv", TransposedConvolution, g.Features(k), x), k);
        x = g.Add("toRgb.0", TransposedConvolution, g.Image(a.Levels - 1), x);
        g.Add("images", "Tanh", g.Image(a.Levels - 1), x);

        string Normalized(string name, string input, int k) => g.Add(name + "/relu", "Relu", g.Features(k), g.Add(name + ".norm", BatchNorm, g.Features(k), input));
    }

    private static void AddDcganDiscriminator(Drawing d, NetworkArchitecture a)
    {
        int top = a.Levels - 2;
        string x = d.Add("fromRgb.0", Convolution, d.Features(top), d.Add("images", Placeholder, d.Image(a.Levels - 1)));
        x = d.LeakyRelu("fromRgb.0", x, d.Features(top));
        for (int k = top; k >= 1; k--)
        {
            string name = $"blocks.{k - 1}";
            x = d.Add(name + ".conv", Convolution, d.Features(k - 1), x);
            x = d.LeakyRelu(name, d.Add(name + ".norm", BatchNorm, d.Features(k - 1), x), d.Features(k - 1));
        }
        x = d.Add("head/flat", "Reshape", [-1, a.LastFeatures], x);
        Outputs(d, a, d.Add("head", Dense, [-1, 1 + a.LabelSize], x));
    }

    private static string Latents(Drawing g, NetworkArchitecture a)
    {
        string z = g.Add("latents", Placeholder, [-1, a.Latents]);
        if (a.LatentsAreDirections)
            z = g.Add("latents/norm", "PixelNorm", [-1, a.Latents], z);
        return a.LabelSize == 0 ? z : g.Add("latents/labels", "ConcatV2", [-1, a.Latents + a.LabelSize], z, g.Add("labels", Placeholder, [-1, a.LabelSize]));
    }

    private static void Outputs(Drawing d, NetworkArchitecture a, string x)
    {
        d.Add("scores", "Slice", [-1, 1], x);
        if (a.LabelSize > 0)
            d.Add("labels", "Slice", [-1, a.LabelSize], x);
    }

    /// <summary>The layers of a network so far.</summary>
    private sealed class Drawing(string network, NetworkArchitecture architecture)
    {
        public List<NetworkLayer> Layers { get; } = [];

        /// <summary>Level 0 is that of 4x4.</summary>
        public int[] Size(int level)
        {
            int resolution = NetworkArchitecture.ResolutionOf(level);
            return [architecture.HeightAt(resolution), architecture.WidthAt(resolution)];
        }

        public int[] Image(int level) => [-1, architecture.Channels, .. Size(level)];

        public int[] Features(int level) => [-1, architecture.FeatureMaps(level + 1), .. Size(level)];

        /// <returns>The whole name.</returns>
        public string Add(string name, string operation, int[] shape, params string[] inputs)
        {
            Layers.Add(new NetworkLayer($"{network}/{name}", operation, inputs, shape));
            return Layers[^1].Name;
        }

        public string LeakyRelu(string name, string input, int[] shape) => Add(name + "/lrelu", "LeakyRelu", shape, input);
    }
}
