using System.CommandLine;
using System.Text.Json;
using Pggan.Model;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan import: a network of another program as a file of ours.</summary>
internal static class ImportCommand
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("import", "Turns a network of another program into a file of this one. Nothing in it is run.");
        Argument<string> source = new("FILE") { Description = "Official .pkl (TensorFlow or Theano), or .pth of pytorch_GAN_zoo or genforce." };
        Option<string> target = new("--out") { Description = "File to write: G, D and the average of G.", HelpName = "FILE.safetensors", Required = true };
        Option<bool> json = new("--json") { Description = "Print what was imported for programs." };
        command.Add(source);
        command.Add(target);
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (string from, string to) = (parsed.GetRequiredValue(source), parsed.GetRequiredValue(target));
            ImportResult result = await Interruptible.RunAsync(token => Execute(from, to, token), cancellationToken);
            await console.Profile.Out.Writer.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(result, Json) : result.ToString());
            return ExitCodes.Done;
        });
        return command;
    }

    private static ImportResult Execute(string source, string target, CancellationToken cancellationToken)
    {
        if (source.Contains('\0', StringComparison.Ordinal) || target.Contains('\0', StringComparison.Ordinal))
            throw new UserException("A path has a zero character; it must name a file.");
        if (Path.GetFullPath(source) == Path.GetFullPath(target))
            throw new UserException($"--out {target} is the file to import; name another.");
        InputFile.Require("FILE", source);
        if (Directory.Exists(target))
            throw new UserException($"--out {target} is a folder; name a file, as in {Path.Combine(target, "network.safetensors")}.");
        if (!target.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new UserException($"--out {target}: what is written is a .safetensors file; give it that ending.");
        NetworkSnapshot networks = NetworkFiles.ReadForeign(source);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            NetworkFile.Write(target, networks, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--out {target} can't be written: {e.Message.TrimEnd('.')}.", ExitCodes.Usage, e);
        }
        return ImportResult.Of(target, networks);
    }
}
