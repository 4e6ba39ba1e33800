using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The networks that a run begins with, and what it takes over from them where the user says nothing else.</summary>
/// <param name="Path">As the user named it.</param>
/// <param name="Architecture">What they are built from.</param>
/// <param name="Stage">How far they had grown.</param>
/// <param name="LabelNames">What the components of their labels mean; none where that is unknown.</param>
internal sealed record BeginningNetworks(string Path, NetworkArchitecture Architecture, GrowthStage Stage, IReadOnlyList<string> LabelNames)
{
    private const int MostNamed = 6;

    /// <summary>Reads what --init-from names.</summary>
    public static BeginningNetworks Read(string path)
    {
        NetworkSnapshot networks = NetworkFiles.ReadAll(path);
        return new BeginningNetworks(path, networks.Architecture, networks.Stage, networks.LabelNames);
    }

    /// <summary>Options of a run that goes on with them.</summary>
    /// <param name="resolution">Where it ends; above theirs, feature maps halve with each resolution.</param>
    public JsonObject Options(int resolution)
    {
        bool isDcgan = Architecture.Layout == NetworkLayout.Dcgan;
        JsonObject options = OptionsDocument.From(new RunOptions
        {
            Resolution = resolution,
            Channels = Architecture.Channels,
            FmapBase = Architecture.FmapBase,
            FmapDecay = Architecture.FmapDecay,
            FmapMax = Architecture.FmapMax,
            FeatureMaps = FeatureMaps(resolution),
            Latent = Architecture.Latents,
            FusedScale = Architecture.FusedScale,
            StddevGroup = Architecture.StdDevGroup,
            NormalizeLatents = Architecture.NormalizeLatents,
            PixelNorm = Architecture.PixelNorm,
            PixelNormEpsilon = Architecture.PixelNormEpsilon,
            Conventions = Architecture.Conventions,
            Layout = Architecture.Layout,
            EqualizedLearningRate = Architecture.EqualizedLearningRate,
            LeakyRelu = Architecture.LeakyRelu,
            TanhOutput = Architecture.TanhOutput,
            InitialResolution = resolution,
            Loss = AdversarialLoss.Dcgan,
            MinibatchRepeats = 1,
            Labels = LabelMode.On,
        });
        string[] keys =
        [
            "resolution", "channels", "fmap_base", "fmap_decay", "fmap_max", "feature_maps", "latent", "fused_scale", "stddev_group",
            "normalize_latents", "pixel_norm", "pixel_norm_epsilon", "conventions", "layout", "equalized_learning_rate", "leaky_relu", "tanh_output",
            .. Architecture.LabelSize > 0 ? (string[])["labels"] : [], .. isDcgan ? (string[])["initial_resolution", "loss", "minibatch_repeats"] : [],
        ];
        return new JsonObject(options.Where(o => keys.Contains(o.Key)).Select(o => KeyValuePair.Create(o.Key, o.Value?.DeepClone())));
    }

    /// <summary>Fails when their weights can't be those of the networks to train.</summary>
    /// <param name="trainer">The training.</param>
    /// <param name="classes">Names of the dataset's classes.</param>
    /// <param name="hints">What is odd, but may be meant, is added.</param>
    public void Check(TrainerOptions trainer, IReadOnlyList<string> classes, List<string> hints)
    {
        if (Architecture.MisfitIn(trainer.Architecture) is { } misfit)
            throw new UserException($"--init-from {Path} is of another architecture: {misfit}.\nChange the options to those of the network, or leave them out: they are taken from it.");
        if (trainer.Architecture.LabelSize > 0)
            CheckLabels(classes, hints);
        if (Stage.IsFading)
            hints.Add($"the networks are half faded in at {Say.Size(Stage.Resolution)} (alpha {Stage.Alpha:0.##}); the fade is not gone on with, {Say.Size(trainer.Schedule.InitialResolution)} begins fully grown");
        if (trainer.Schedule.InitialResolution > Stage.Resolution)
            hints.Add($"the networks have grown to {Say.Size(Stage.Resolution)}, and training begins at {Say.Size(trainer.Schedule.InitialResolution)}, whose layers are untrained");
        if (trainer.Schedule.InitialResolution < Stage.Resolution)
            hints.Add($"the networks have grown to {Say.Size(Stage.Resolution)}, and training begins at {Say.Size(trainer.Schedule.InitialResolution)}; --initial-resolution {Stage.Resolution} goes on from there");
    }

    /// <summary>The same classes in another order would be mixed up; others are taken for what they were, which may be meant.</summary>
    private void CheckLabels(IReadOnlyList<string> classes, List<string> hints)
    {
        if (LabelNames.Count == 0 || LabelNames.SequenceEqual(classes, StringComparer.Ordinal) || LabelNames.Select((name, at) => name == $"{at}").All(isNumber => isNumber))
            return;
        if (LabelNames.Order(StringComparer.Ordinal).SequenceEqual(classes.Order(StringComparer.Ordinal), StringComparer.Ordinal))
            throw new UserException($"--init-from {Path}: its classes are {Names(LabelNames)}, and the dataset has them in another order, {Names(classes)}.\nGive the dataset their order (a dataset.json with \"classes\").");
        hints.Add($"the networks know the classes {Names(LabelNames)}; in their places are the dataset's {Names(classes)}");

        static string Names(IReadOnlyList<string> names) => string.Join(", ", names.Take(MostNamed).Select(DisplayName.Of)) + (names.Count > MostNamed ? ", …" : "");
    }

    /// <summary>A list, where they have one or their formula does not reach so far.</summary>
    private FeatureMapList? FeatureMaps(int resolution)
    {
        NetworkArchitecture wanted = Architecture with { Resolution = resolution };
        if (Architecture.FeatureMapList is null && (resolution < 4 || wanted.FeatureMaps(wanted.Levels) > 0))
            return null;
        List<int> maps = [.. Enumerable.Range(0, Architecture.Levels + 1).Select(Architecture.FeatureMaps)];
        for (int reached = Architecture.Resolution; reached < resolution; reached *= 2)
            maps.Add(Math.Max(1, maps[^1] / 2));
        return new FeatureMapList(maps);
    }
}
