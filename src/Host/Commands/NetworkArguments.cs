using System.CommandLine;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>The options that say which network draws, at which stage of its growth, and where.</summary>
internal sealed class NetworkArguments
{
    private static readonly string[] Precisions = ["fp32", "fp16", "bf16"];

    private readonly Option<string> _network = new("--network") { Description = "Checkpoint folder, run (its newest; by path, number or name), .safetensors, or another program's .pkl or .pth.", HelpName = "FILE", Required = true };
    private readonly Option<int?> _resolution = new("--resolution") { Description = "Pixels; as far as the network has grown.", HelpName = "N" };
    private readonly Option<double?> _alpha = new("--alpha") { Description = "Weight of the newest block, 0 to 1.", HelpName = "A" };
    private readonly Option<bool> _raw = new("--raw") { Description = "The generator itself instead of its average." };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };
    private readonly Option<string> _precision = new("--precision") { Description = "fp32, fp16 or bf16: what the network computes with.", HelpName = "PRECISION", DefaultValueFactory = _ => Precisions[0] };

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="draws">Whether it computes images, and so needs a device.</param>
    public NetworkArguments(Command command, bool draws = true)
    {
        foreach (Option option in new Option[] { _network, _resolution, _alpha, _raw })
            command.Add(option);
        if (draws)
        {
            command.Add(_device);
            command.Add(_precision);
        }
    }

    /// <summary>What was given.</summary>
    public NetworkRequest Read(ParseResult parsed) => new()
    {
        Network = NetworkFiles.Find(_network.Name, parsed.GetRequiredValue(_network)),
        Resolution = parsed.GetValue(_resolution),
        Alpha = parsed.GetValue(_alpha),
        Raw = parsed.GetValue(_raw),
        Device = parsed.GetValue(_device) ?? TorchDevice.Auto,
        Precision = parsed.GetValue(_precision) is { } name ? PrecisionOf(name) : Precision.Fp32,
    };

    private static Precision PrecisionOf(string name) => Array.IndexOf(Precisions, name) is >= 0 and var index
        ? (Precision)index
        : throw new UserException($"--precision {name} is unknown; it must be {string.Join(", ", Precisions)}.{DidYouMean.Hint(name, Precisions)}");
}
