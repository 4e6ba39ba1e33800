using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;
using TorchSharp;

namespace Pggan.Host;

/// <summary>pggan doctor: checks this machine, and says how to mend what fails.</summary>
internal static class DoctorCommand
{
    /// <summary>A run's pictures and logs, beside its checkpoints.</summary>
    private const long DiskBesideCheckpoints = 256L << 20;

    private const int CodecSide = 16;

    private sealed record Finding(string What, bool Holds, string Says, string? Mend = null);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command command = new("doctor", "Checks this machine for a run: native library, image codecs, disk, device, memory.");
        RunArguments run = new(command);
        Option<bool> json = new("--json") { Description = "For programs." };
        command.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            TrainRequest request = run.Read(parsed);
            List<Finding> findings = await Interruptible.RunAsync(token => ExamineAsync(request, token), cancellationToken);
            bool isWell = findings.All(f => f.Holds);
            TextWriter output = console.Profile.Out.Writer;
            if (parsed.GetValue(json))
                await output.WriteLineAsync(JsonSerializer.Serialize(new { Ok = isWell, Findings = findings.Select(f => f.Holds ? f with { Mend = null } : f) }, Json));
            else
                await PrintAsync(findings, output);
            return isWell ? ExitCodes.Done : ExitCodes.Usage;
        });
        return command;
    }

    private static async Task PrintAsync(List<Finding> findings, TextWriter output)
    {
        foreach (Finding finding in findings)
        {
            await output.WriteLineAsync($"{(finding.Holds ? "ok  " : "FAIL")}  {finding.What,-14} {finding.Says}");
            if (finding is { Holds: false, Mend: { } mend })
                await output.WriteLineAsync($"      {"",-14} {mend}");
        }
    }

    private static async Task<List<Finding>> ExamineAsync(TrainRequest request, CancellationToken cancellationToken)
    {
        List<Finding> findings = [Machine(), Native(), Codecs()];
        if (findings.All(f => f.Holds))
            findings.Add(Convolutions());
        if (findings.All(f => f.Holds))
            findings.AddRange(await RunAsync(request, cancellationToken));
        return findings;
    }

    private static Finding Machine() => new(
        "machine", true,
        $"{Environment.ProcessorCount} cores, {Say.Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}");

    private static Finding Native()
    {
        try
        {
            using torch.Tensor sum = torch.ones(2, 2).sum();
            return new Finding("libtorch", sum.item<float>() == 4, torch.__version__, "It computes wrongly; build again.");
        }
        catch (Exception e) when (NativeLibraries.IsLoadFailure(e))
        {
            string[] lines = NativeLibraries.Explain(e).Split('\n', 2);
            return new Finding("libtorch", false, lines[0], lines[1]);
        }
    }

    private static Finding Convolutions()
    {
        try
        {
            return new Finding("convolutions", true, CpuConvolutions.MakeSound() ?? "right, and as fast as they can be");
        }
        catch (InvalidOperationException e)
        {
            return new Finding("convolutions", false, e.Message);
        }
    }

    /// <summary>Lossless formats give back each pixel, JPEG nearly.</summary>
    private static Finding Codecs()
    {
        try
        {
            byte[] pixels = [.. Enumerable.Range(0, 3 * CodecSide * CodecSide).Select(i => (byte)(i % CodecSide * 8 + i / CodecSide % CodecSide * 4))];
            byte[] png = ImageCodec.EncodePng(pixels, 3, CodecSide, CodecSide);
            using NetVips.Image image = NetVips.Image.NewFromBuffer(png);
            string[] broken = [.. new (string Name, byte[] Encoded, int MostError)[]
            {
                ("PNG", png, 0),
                ("JPEG", image.JpegsaveBuffer(q: 95), 12),
                ("WebP", image.WebpsaveBuffer(lossless: true), 0),
            }.Where(format => ErrorOf(format.Encoded, pixels) > format.MostError).Select(format => format.Name)];
            string version = $"libvips {NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}";
            return broken.Length == 0
                ? new Finding("image codecs", true, $"PNG, JPEG, WebP by {version}")
                : new Finding("image codecs", false, $"{string.Join(" and ", broken)} by {version}: pixels do not survive encoding", "Build again on this machine.");
        }
        catch (Exception e) when (NativeLibraries.IsLoadFailure(e))
        {
            string[] lines = NativeLibraries.Explain(e).Split('\n', 2);
            return new Finding("image codecs", false, lines[0], lines[1]);
        }
        catch (Exception e) when (e is BadImageException or NetVips.VipsException)
        {
            return new Finding("image codecs", false, e.Message.Split('\n')[0].Trim(), "Build again on this machine.");
        }
    }

    /// <summary>The largest difference of a decoded pixel.</summary>
    private static int ErrorOf(byte[] encoded, byte[] pixels)
    {
        using PixelBuffer back = ImageCodec.Decode(encoded, new DecodeOptions());
        byte[] decoded = back.Pixels.ToArray();
        return decoded.Length == pixels.Length ? decoded.Zip(pixels, (a, b) => Math.Abs(a - b)).Max() : int.MaxValue;
    }

    /// <summary>What a run of these options asks of the machine.</summary>
    private static async Task<IReadOnlyList<Finding>> RunAsync(TrainRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using RunPlan plan = await RunPlan.CreateAsync(request, cancellationToken);
            return
            [
                Disk(plan), new Finding("data", true, $"{plan.Source.Description}, {plan.Source.Count} images"),
                .. TorchDevice.Names(plan.Options.Device).Distinct().Select(name => Device(name, plan.Options.Precision)), Memory(plan),
            ];
        }
        catch (DatasetUnusableException e)
        {
            return [new Finding("data", false, e.Message, "Name another dataset with --data; pggan data info tells more of this one.")];
        }
        catch (UserException e)
        {
            string[] lines = e.Message.Split('\n', 2);
            return [new Finding("options", false, lines[0], lines.Length > 1 ? lines[1].Trim() : null)];
        }
    }

    private static Finding Device(string name, Precision precision)
    {
        try
        {
            double flops = CostEstimator.MeasureFlops(name, precision);
            return new Finding("device", true, $"{name}, {flops / 1e9:0} GFLOP/s in convolutions, {torch.get_num_threads()} threads{Say.In(precision)}");
        }
        catch (ExternalException e)
        {
            return new Finding("device", false, $"{name}: {e.Message.Split('\n')[0]}", "Take --device cpu, or another GPU with --device cuda:N.");
        }
    }

    private static Finding Disk(RunPlan plan)
    {
        string? folder = DiskSpace.ExistingFolder(plan.Options.Out);
        try
        {
            string probe = Path.Combine(folder!, $".pggan-doctor-{Environment.ProcessId}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
                // Being able to is all that counts.
            }
            long needed = DiskNeed.RunBytes(plan.Options, plan.Trainer) + DiskBesideCheckpoints;
            return DiskSpace.FreeAt(folder!) is { } free
                ? new Finding("disk", free >= needed, $"{Say.Memory(free)} free at {folder}, and a run takes {Say.Memory(needed)}", "Free some space, or choose another folder with --out.")
                : new Finding("disk", true, $"{folder} can be written to; how much is free is not known");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Finding("disk", false, $"{folder}: {e.Message}", "Choose a folder that you may write to with --out.");
        }
    }

    private static Finding Memory(RunPlan plan)
    {
        // A minibatch that does not fit whole is computed in parts, down to a group of the minibatch's statistics.
        CostEstimate most = CostEstimator.Estimate(plan.Trainer, flops: 1).MaxBy(e => e.Bytes)!;
        int group = Math.Max(1, plan.Trainer.Architecture.StdDevGroup);
        TrainerOptions inParts = plan.Trainer with { MicroBatch = GrowthSchedule.Create(plan.Trainer.Schedule).Resolutions.ToDictionary(r => r, _ => group) };
        CostEstimate least = CostEstimator.Estimate(inParts, flops: 1).MaxBy(e => e.Bytes)!;
        MachineFacts machine = MachineFacts.Here(plan.Options.Device);
        string says = $"about {Say.Memory(most.Bytes)} at {plan.Trainer.Architecture.SizeAt(most.Resolution)} with preset {plan.Options.Preset}";
        if (plan.Options.Device.StartsWith("cuda", StringComparison.Ordinal))
            return new Finding("memory", true, $"{says}{(machine.Devices > 1 ? ", at most, on each device" : "")}; a run tries every resolution first");
        if (most.Bytes > machine.MemoryForTraining)
            says += $", or {Say.Memory(least.Bytes)} in parts of {group} images";
        return new Finding(
            "memory", least.Bytes < machine.MemoryForTraining, $"{says}, of {Say.Memory(machine.MemoryBytes)}", $"Take a smaller --minibatch (--set minibatch.{most.Resolution}=N), --fmap-max or --resolution.");
    }
}
