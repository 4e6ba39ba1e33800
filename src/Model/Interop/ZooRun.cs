using System.Globalization;
using System.Text.Json;

namespace Pggan.Model;

/// <summary>
/// What stands beside a checkpoint of pytorch_GAN_zoo so that its own train.py goes on with it. That takes the newest <c>NAME_sSCALE_iITERATION.pt</c> of the
/// folder NAME, provided that it finds <c>NAME_train_config.json</c>, what the run was begun with, and <c>NAME_sSCALE_iITERATION_tmp_config.json</c>, where it is.
/// </summary>
/// <param name="Name">Of the run.</param>
/// <param name="Scale">Growth level, 0 being 4x4.</param>
/// <param name="Iteration">Steps at this level.</param>
public sealed record ZooRun(string Name, int Scale, int Iteration)
{
    /// <summary>The zoo fades first, in so many steps of alpha, each of so many iterations.</summary>
    private const int Jumps = 600;
    private const int JumpIterations = 32;

    /// <summary>Behind the last of them.</summary>
    private const int FirstGrown = (Jumps + 1) * JumpIterations;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The run that a file's name tells; null where it tells none.</summary>
    /// <exception cref="ArgumentException">Its numbers are not written as the zoo does; the message names the file as it must be called.</exception>
    public static ZooRun? Of(string path)
    {
        string file = Path.GetFileNameWithoutExtension(path);
        string[] parts = file.Split('_');
        if (Path.GetExtension(path) != ".pt" || parts.Length < 3 || Number('s', parts[^2]) is not { } scale || Number('i', parts[^1]) is not { } iteration)
            return null;

        // Of i019 the zoo would look for the progress under that very name.
        ZooRun run = new(string.Join('_', parts[..^2]), scale, iteration);
        return run.FileName == Path.GetFileName(path)
            ? run
            : throw new ArgumentException($"the zoo writes its numbers without zeros in front; call the file {run.FileName}");

        static int? Number(char letter, string part) =>
            part.StartsWith(letter) && int.TryParse(part.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    /// <summary>The same run at the place of a stage: in its fade, or just behind it.</summary>
    public ZooRun At(NetworkArchitecture architecture, GrowthStage stage)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        int level = architecture.LevelOf(stage.Resolution);
        return this with { Scale = level, Iteration = level == 0 ? 0 : stage.IsFading ? (int)Math.Round(stage.Alpha * Jumps) * JumpIterations : FirstGrown };
    }

    /// <summary>Fails where the zoo would go on at another place than the network's.</summary>
    /// <exception cref="ArgumentException">The message names the file as it must be called.</exception>
    public void Check(NetworkArchitecture architecture, GrowthStage stage)
    {
        ZooRun expected = At(architecture, stage);
        bool isFading = expected.Scale > 0 && stage.IsFading;
        if (Scale != expected.Scale || (isFading ? Iteration != expected.Iteration : Iteration < expected.Iteration))
        {
            string where = isFading ? $"in a fade at alpha {stage.Alpha:0.###}" : expected.Scale > 0 ? "grown, behind the zoo's fade" : "of its first scale";
            throw new ArgumentException(
                $"the zoo would go on with {FileName} elsewhere: the network is {architecture.SizeAt(stage.Resolution)}, {where}. Call it {expected.FileName}{(isFading ? "" : ", or of a later iteration")}");
        }
    }

    /// <summary>Name of the checkpoint.</summary>
    public string FileName => $"{Name}_s{Scale}_i{Iteration}.pt";

    /// <summary>Name of the file of <see cref="WriteConfiguration"/>.</summary>
    public string ConfigurationName => $"{Name}_train_config.json";

    /// <summary>Name of the file of <see cref="WriteProgress"/>.</summary>
    public string ProgressName => $"{Name}_s{Scale}_i{Iteration}_tmp_config.json";

    /// <summary>Writes where the run is: no losses and no latents of its samples are known, of which the zoo then makes new ones.</summary>
    public void WriteProgress(Stream stream) => JsonSerializer.Serialize(
        stream,
        new Dictionary<string, object?> { ["scale"] = Scale, ["iter"] = Iteration, ["lossLog"] = null, ["refVectors"] = null, ["runningLoss"] = new Dictionary<string, object?>() },
        Indented);

    /// <summary>Writes what a run of the zoo is begun with: these networks at every resolution that they have, and the zoo's own defaults.</summary>
    public static void WriteConfiguration(Stream stream, NetworkSnapshot networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        NetworkArchitecture architecture = networks.Architecture;
        double weightCondition = ZooCheckpointWriter.WeightCondition(architecture);
        JsonSerializer.Serialize(
            stream,
            new Dictionary<string, object?>
            {
                ["maxIterAtScale"] = PerLevel(48000, 96000),
                ["alphaJumpMode"] = "linear",
                ["alphaNJumps"] = PerLevel(0, Jumps),
                ["alphaSizeJumps"] = PerLevel(0, JumpIterations),
                ["depthScales"] = Enumerable.Range(1, architecture.Levels).Select(architecture.FeatureMaps),
                ["miniBatchSize"] = 16,
                ["dimLatentVector"] = architecture.Latents,
                ["initBiasToZero"] = true,
                ["perChannelNormalization"] = architecture.PixelNorm,
                ["lossMode"] = ZooCheckpointWriter.Loss(architecture),
                ["lambdaGP"] = ZooCheckpointWriter.PenaltyWeight,
                ["leakyness"] = Activation.Slope,
                ["epsilonD"] = ZooCheckpointWriter.Drift,
                ["miniBatchStdDev"] = architecture.StdDevGroup > 1,
                ["baseLearningRate"] = ZooCheckpointWriter.LearningRate,
                ["dimOutput"] = architecture.Channels,
                ["weightConditionG"] = weightCondition,
                ["weightConditionD"] = weightCondition,
                ["attribKeysOrder"] = ZooCheckpointWriter.Attributes(networks),
                ["GDPP"] = false,
            },
            Indented);

        IEnumerable<int> PerLevel(int first, int others) => Enumerable.Range(0, architecture.Levels).Select(level => level == 0 ? first : others);
    }
}
