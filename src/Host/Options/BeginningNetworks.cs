using System.Text.Json.Nodes;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The networks that a run begins with, and what it takes over from them where the user says nothing else.</summary>
/// <param name="Path">Where they are read from.</param>
/// <param name="Architecture">What they are built from.</param>
/// <param name="Stage">How far they had grown.</param>
/// <param name="LabelNames">What the components of their labels mean; none where that is unknown.</param>
internal sealed record BeginningNetworks(string Path, NetworkArchitecture Architecture, GrowthStage Stage, IReadOnlyList<string> LabelNames)
{
    private const int MostNamed = 6;

    /// <summary>Reads what --init-from names.</summary>
    /// <param name="named">A path, or the number or the name of a run.</param>
    /// <param name="runs">Folder of the runs; null = the usual one.</param>
    public static BeginningNetworks Read(string named, string? runs)
    {
        string found = NetworkFiles.Find("--init-from", named, runs);
        NetworkSnapshot networks = NetworkFiles.ReadAll(found, "--init-from");
        return new BeginningNetworks(found, networks.Architecture, networks.Stage, networks.LabelNames);
    }

    /// <summary>The resolution that a run begins at which goes on with their fade-in; null where they are not half faded in.</summary>
    public int? FadingAt => Stage is { IsFading: true, Resolution: > 4 } ? Stage.Resolution : null;

    /// <summary>The same; null where a run does not come so far.</summary>
    /// <param name="resolution">Where it ends; null = where they end.</param>
    public int? FadingBelow(int? resolution) => FadingAt is { } at && at <= (resolution ?? Architecture.Resolution) ? at : null;

    /// <summary>Options of a run that goes on with them.</summary>
    /// <param name="resolution">Where it ends; above theirs, feature maps halve with each resolution.</param>
    /// <param name="beginIsGiven">The user says where it begins.</param>
    public JsonObject Options(int resolution, bool beginIsGiven)
    {
        bool isDcgan = Architecture.Layout == NetworkLayout.Dcgan;
        string[] begin = beginIsGiven ? [] : isDcgan ? ["initial_resolution"] : FadingBelow(resolution) is not null ? ["initial_resolution", "initial_alpha"] : [];
        JsonObject options = OptionsDocument.From(new RunOptions
        {
            Resolution = resolution,
            Base = Datasets.BaseOf(Architecture),
            Channels = Architecture.Channels,
            FmapBase = Architecture.FmapBase,
            FmapDecay = Architecture.FmapDecay,
            FmapMax = Architecture.FmapMax,
            FeatureMaps = FeatureMaps(resolution),
            Latent = Architecture.Latents,
            FusedScale = Architecture.FusedScale,
            StddevGroup = Architecture.StdDevGroup,
            NormalizeLatents = Architecture.NormalizeLatents,
            NormalizeLabels = Architecture.NormalizeLabels,
            PixelNorm = Architecture.PixelNorm,
            PixelNormEpsilon = Architecture.PixelNormEpsilon,
            Conventions = Architecture.Conventions,
            Layout = Architecture.Layout,
            EqualizedLearningRate = Architecture.EqualizedLearningRate,
            LeakyRelu = Architecture.LeakyRelu,
            TanhOutput = Architecture.TanhOutput,
            BatchNorm = Architecture.BatchNorm,
            LayerNorm = Architecture.LayerNorm,
            DiscriminationKernels = Architecture.DiscriminationKernels,
            InitialResolution = FadingBelow(resolution) ?? resolution,
            InitialAlpha = Math.Max(Stage.Alpha, GrowthScheduleOptions.LeastInitialAlpha),
            Loss = AdversarialLoss.Dcgan,
            MinibatchRepeats = 1,
            Labels = LabelMode.On,
        });
        string[] keys =
        [
            "resolution", "base", "channels", "fmap_base", "fmap_decay", "fmap_max", "feature_maps", "latent", "fused_scale", "stddev_group",
            "normalize_latents", "normalize_labels", "pixel_norm", "pixel_norm_epsilon", "conventions", "layout", "equalized_learning_rate", "leaky_relu", "tanh_output",
            "batch_norm", "layer_norm", "discrimination_kernels",
            .. Architecture.LabelSize > 0 ? (string[])["labels"] : [], .. isDcgan ? (string[])["loss", "minibatch_repeats"] : [], .. begin,
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
        if (!Equals(Architecture.LabelGroups, trainer.Architecture.LabelGroups))
            hints.Add($"the networks learnt their labels as {Say.Labels(Architecture)}; from now on they are the dataset's {Say.Labels(trainer.Architecture)}");
        if (FadingAt is not null)
        {
            string next = (trainer.Schedule.InitialResolution, trainer.Schedule.InitialAlpha) switch
            {
                (int begin, < 1) when begin == Stage.Resolution => "the fade goes on from there",
                (int begin, double alpha) => $"the fade is not gone on with, {Architecture.SizeAt(begin)} begins {(alpha < 1 ? $"at alpha {alpha:0.##}" : "fully grown")}",
            };
            hints.Add($"the networks are half faded in at {Architecture.SizeAt(Stage.Resolution)} (alpha {Stage.Alpha:0.##}); {next}");
        }
        if (trainer.Schedule.InitialResolution > Stage.Resolution)
            hints.Add($"the networks have grown to {Architecture.SizeAt(Stage.Resolution)}, and training begins at {Architecture.SizeAt(trainer.Schedule.InitialResolution)}, whose layers are untrained");
        if (trainer.Schedule.InitialResolution < Stage.Resolution)
            hints.Add($"the networks have grown to {Architecture.SizeAt(Stage.Resolution)}, and training begins at {Architecture.SizeAt(trainer.Schedule.InitialResolution)}; --initial-resolution {Stage.Resolution} goes on from there");
    }

    /// <summary>The same classes in another order would be mixed up; others are taken for what they were, which may be meant.</summary>
    private void CheckLabels(IReadOnlyList<string> classes, List<string> hints)
    {
        string[] own = [.. LabelNames.Select(Alike)], theirs = [.. classes.Select(Alike)];
        if (own.Length == 0 || own.SequenceEqual(theirs, StringComparer.Ordinal) || own.Select((name, at) => name == $"{at}").All(isNumber => isNumber))
            return;
        if (own.Order(StringComparer.Ordinal).SequenceEqual(theirs.Order(StringComparer.Ordinal), StringComparer.Ordinal))
            throw new UserException($"--init-from {Path}: its classes are {Names(LabelNames)}, and the dataset has them in another order, {Names(classes)}.\nGive the dataset their order (a dataset.json with \"classes\").");
        hints.Add($"the networks know the classes {Names(LabelNames)}; in their places are the dataset's {Names(classes)}");

        // hair=red is hair: red.
        static string Alike(string name) => AttributeName.Split(name) is ({ } attribute, var value) ? AttributeName.Of(attribute, value) : name;

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
