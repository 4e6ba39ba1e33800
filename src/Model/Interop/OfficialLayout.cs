using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// The reference's variables (networks.py, G_paper and D_paper) and what they are here. Its layers are counted from the final resolution (lod 0) and
/// named by their resolution in pixels; run-time scales are the same.
/// </summary>
internal static class OfficialLayout
{
    /// <summary>Order of a variable's axes, where k is a kernel's side, I inputs, O outputs.</summary>
    internal enum Axes
    {
        /// <summary>One axis.</summary>
        One,

        /// <summary>[I, O].</summary>
        Dense,

        /// <summary>[k, k, I, O].</summary>
        Convolution,

        /// <summary>[k, k, O, I], mirrored: the kernel of a transposed convolution.</summary>
        FusedUp,
    }

    /// <summary>A variable.</summary>
    /// <param name="Name">The reference's.</param>
    /// <param name="Parameter">Our state-dict name.</param>
    /// <param name="Axes">Order of its axes.</param>
    internal sealed record Variable(string Name, string Parameter, Axes Axes);

    /// <summary>The reference's count of how far a network has grown.</summary>
    public static double Lod(NetworkArchitecture architecture, GrowthStage stage) =>
        architecture.Levels - 1 - architecture.LevelOf(stage.Resolution) + (stage.Resolution > 4 ? 1 - stage.Alpha : 0);

    /// <summary>How far a network of this count has grown.</summary>
    /// <exception cref="InvalidDataException">No network of the architecture can have it.</exception>
    public static GrowthStage Stage(NetworkArchitecture architecture, float lod)
    {
        if (!(lod >= 0) || lod > architecture.Levels - 1)
            throw new InvalidDataException($"G's lod is {lod}, and must be from 0 to {architecture.Levels - 1}");
        int whole = (int)lod;
        return new GrowthStage(architecture.Resolution >> whole, 1 - (lod - whole));
    }

    /// <summary>Trainable variables of G in the order in which the reference makes them.</summary>
    public static IReadOnlyList<Variable> Generator(NetworkArchitecture architecture)
    {
        int last = architecture.Levels - 1;
        List<Variable> variables = [.. Layer("4x4/Dense", "stem", Axes.Dense), .. Layer("4x4/Conv", "stem.conv"), .. Layer($"ToRGB_lod{last}", "toRgb.0")];
        for (int level = 1; level <= last; level++)
        {
            string pixels = Pixels(level), block = $"blocks.{level - 1}";
            variables.AddRange(architecture.FusedScale ? Layer($"{pixels}/Conv0_up", $"{block}.conv0", Axes.FusedUp) : Layer($"{pixels}/Conv0", $"{block}.conv0"));
            variables.AddRange(Layer($"{pixels}/Conv1", $"{block}.conv1"));
            variables.AddRange(Layer($"ToRGB_lod{last - level}", $"toRgb.{level}"));
        }
        return variables;
    }

    /// <summary>The same of D.</summary>
    public static IReadOnlyList<Variable> Discriminator(NetworkArchitecture architecture)
    {
        int last = architecture.Levels - 1;
        List<Variable> variables = [];
        for (int level = last; level > 0; level--)
        {
            string pixels = Pixels(level), block = $"blocks.{level - 1}";
            variables.AddRange(Layer($"FromRGB_lod{last - level}", $"fromRgb.{level}"));
            variables.AddRange(Layer($"{pixels}/Conv0", $"{block}.conv0"));
            variables.AddRange(Layer($"{pixels}/{(architecture.FusedScale ? "Conv1_down" : "Conv1")}", $"{block}.conv1"));
        }
        return
        [
            .. variables,
            .. Layer($"FromRGB_lod{last}", "fromRgb.0"),
            .. Layer("4x4/Conv", "head.conv"),
            .. Layer("4x4/Dense0", "head.dense0", Axes.Dense),
            .. Layer("4x4/Dense1", "head.dense1", Axes.Dense),
        ];
    }

    /// <summary>A parameter of ours in the order of the reference's axes.</summary>
    public static HostTensor ToOfficial(HostTensor parameter, Axes axes)
    {
        if (axes == Axes.One)
            return parameter;
        using var scope = NewDisposeScope();
        Tensor ours = tensor(parameter.Data, parameter.Shape);
        return HostTensor.From(axes switch
        {
            Axes.Dense => ours.t(),
            Axes.FusedUp => ours.flip(2, 3).permute(2, 3, 0, 1),
            _ => ours.permute(2, 3, 1, 0),
        });
    }

    private static IEnumerable<Variable> Layer(string name, string layer, Axes weight = Axes.Convolution) =>
        [new(name + "/weight", layer + ".weight", weight), new(name + "/bias", layer + ".bias", Axes.One)];

    private static string Pixels(int level) => $"{NetworkArchitecture.ResolutionOf(level)}x{NetworkArchitecture.ResolutionOf(level)}";
}
