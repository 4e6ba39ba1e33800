using System.CommandLine;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>The options that say which network draws, at which stage of its growth, and where.</summary>
internal sealed class NetworkArguments
{
    private readonly Option<string> _network = new("--network") { Description = "Checkpoint folder, run (its newest), .safetensors, or another program's .pkl or .pth.", HelpName = "FILE", Required = true };
    private readonly Option<int?> _resolution = new("--resolution") { Description = "Pixels; as far as the network has grown.", HelpName = "N" };
    private readonly Option<double?> _alpha = new("--alpha") { Description = "Weight of the newest block, 0 to 1.", HelpName = "A" };
    private readonly Option<bool> _raw = new("--raw") { Description = "The generator itself instead of its average." };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="draws">Whether it computes images, and so needs a device.</param>
    public NetworkArguments(Command command, bool draws = true)
    {
        foreach (Option option in new Option[] { _network, _resolution, _alpha, _raw })
            command.Add(option);
        if (draws)
            command.Add(_device);
    }

    /// <summary>What was given.</summary>
    public NetworkRequest Read(ParseResult parsed) => new()
    {
        Network = parsed.GetRequiredValue(_network),
        Resolution = parsed.GetValue(_resolution),
        Alpha = parsed.GetValue(_alpha),
        Raw = parsed.GetValue(_raw),
        Device = parsed.GetValue(_device) ?? TorchDevice.Auto,
    };
}
