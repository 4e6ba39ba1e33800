using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Variables of the reference's networks by their TensorFlow names, as our parameters.</summary>
internal static class OfficialLayout
{
    /// <summary>Copies the variables of one network ("G" or "D") into our module.</summary>
    public static void Load(nn.Module module, IReadOnlyDictionary<string, Tensor> variables, NetworkArchitecture architecture)
    {
        using var noGradients = no_grad();
        Dictionary<string, Parameter> parameters = module.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Tensor value) in variables)
        {
            (string ours, Tensor converted) = Convert(name, value, module is Generator, architecture);
            Assert.True(parameters.Remove(ours, out Parameter? parameter), $"{name} became {ours}, which the module lacks");
            Assert.Equal(parameter.shape, converted.shape);
            parameter.copy_(converted);
        }
        Assert.Empty(parameters.Keys);
    }

    /// <summary>Name and value of a variable, or of a gradient by it, in our layout.</summary>
    public static (string Name, Tensor Value) Convert(string name, Tensor value, bool isGenerator, NetworkArchitecture architecture)
    {
        string[] parts = name.Split('/');
        string field = parts[^1];
        string layer = parts.Length == 2 ? parts[0] : parts[1];
        int resolution = parts.Length == 3 ? int.Parse(parts[0].Split('x')[0], CultureInfo.InvariantCulture) : 0;
        int levelOfLod = layer.Contains("_lod", StringComparison.Ordinal)
            ? architecture.Levels - 1 - int.Parse(layer.Split("_lod")[1], CultureInfo.InvariantCulture)
            : 0;
        string owner = layer switch
        {
            "Dense" => "stem",
            "Conv" => isGenerator ? "stem.conv" : "head.conv",
            "Dense0" => "head.dense0",
            "Dense1" => "head.dense1",
            "Conv0" or "Conv0_up" => $"blocks.{architecture.LevelOf(resolution) - 1}.conv0",
            "Conv1" or "Conv1_down" => $"blocks.{architecture.LevelOf(resolution) - 1}.conv1",
            _ when layer.StartsWith("ToRGB", StringComparison.Ordinal) => $"toRgb.{levelOfLod}",
            _ when layer.StartsWith("FromRGB", StringComparison.Ordinal) => $"fromRgb.{levelOfLod}",
            _ => throw new ArgumentException($"unknown variable {name}"),
        };
        Tensor converted = (field, value.dim(), layer) switch
        {
            ("weight", 4, "Conv0_up") => value.permute(2, 3, 0, 1).flip(2, 3), // [k, k, O, I], mirrored
            ("weight", 4, _) => value.permute(3, 2, 0, 1),                     // [k, k, I, O]
            ("weight", 2, _) => value.t(),                                     // [I, O]
            _ => value,
        };
        return ($"{owner}.{field}", converted);
    }
}
