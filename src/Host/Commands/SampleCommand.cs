using System.CommandLine;
using System.Globalization;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan sample: images from a network, without actors.</summary>
internal static class SampleCommand
{
    private const int ImagesAtOnce = 64;

    /// <summary>Most floats of the images that are drawn at once: 64 MiB.</summary>
    private const int FloatsAtOnce = 1 << 24;

    /// <summary>Most memory for images that go into one file.</summary>
    private const long MostHeldBytes = 1L << 30;

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new("sample", "Draws images from a checkpoint, a run or a network file.");
        Option<string> network = new("--network") { Description = "Checkpoint folder, run (its newest) or .safetensors.", HelpName = "FILE", Required = true };
        Option<string> seeds = new("--seeds") { Description = "Seeds, one an image.", HelpName = "0-15,99", DefaultValueFactory = _ => "0-15" };
        Option<string?> latents = new("--latents") { Description = "Latents instead of seeds: tensor z, perhaps labels.", HelpName = "FILE.safetensors" };
        Option<int?> @class = new("--class") { Description = "Class of all images, counted from 0.", HelpName = "N" };
        Option<int?> resolution = new("--resolution") { Description = "Pixels; as far as the network has grown.", HelpName = "N" };
        Option<double?> alpha = new("--alpha") { Description = "Weight of the newest block, 0 to 1.", HelpName = "A" };
        Option<bool> raw = new("--raw") { Description = "The generator itself instead of its average." };
        Option<string?> grid = new("--grid") { Description = "All images in one, columns x rows.", HelpName = "WxH" };
        Option<string> target = new("--out") { Description = "Folder, file.png or file.safetensors.", HelpName = "OUT", DefaultValueFactory = _ => "samples" };
        Option<string> device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => TorchDevice.Auto };
        foreach (Option option in new Option[] { network, seeds, latents, @class, resolution, alpha, raw, grid, target, device })
            command.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(latents) is not null && parsed.GetResult(seeds) is { Implicit: false })
                throw new UserException("--seeds and --latents both say what to draw; name one of them.");
            SampleRequest request = new()
            {
                Network = parsed.GetRequiredValue(network),
                Seeds = parsed.GetRequiredValue(seeds),
                Latents = parsed.GetValue(latents),
                Class = parsed.GetValue(@class),
                Resolution = parsed.GetValue(resolution),
                Alpha = parsed.GetValue(alpha),
                Raw = parsed.GetValue(raw),
                Grid = parsed.GetValue(grid),
                Out = parsed.GetRequiredValue(target),
                Device = parsed.GetRequiredValue(device),
            };
            return Interruptible.RunAsync(token => Execute(request, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    private static int Execute(SampleRequest request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (request.Out.Contains('\0', StringComparison.Ordinal))
            throw new UserException("--out is no path; it must name a folder or file.");
        GeneratorSnapshot snapshot = NetworkFiles.ReadGenerator(request.Network, request.Raw);
        GrowthStage stage = StageOf(request, snapshot);
        if (stage.Resolution > snapshot.Stage.Resolution)
            error.WriteLine($"pggan: the network has grown to {Say.Size(snapshot.Stage.Resolution)} so far; above that it is untrained.");
        try
        {
            SampleInputs inputs = new(request, snapshot.Architecture);
            bool isTensor = request.Out.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
            bool isPicture = request.Out.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
            bool isGrid = !isTensor && (request.Grid is not null || (isPicture && inputs.Count > 1));
            (int Columns, int Rows) grid = isGrid ? GridOf(request.Grid, inputs.Count) : default;
            int count = isGrid ? Math.Min(inputs.Count, grid.Columns * grid.Rows) : inputs.Count;
            if (isTensor || isGrid)
                CheckHeld(count, isTensor ? null : grid.Columns, SizeOf(snapshot.Architecture, stage));
            using ImageSampler sampler = new(snapshot, request.Device);
            Directory.CreateDirectory(isTensor || isPicture ? Path.GetDirectoryName(Path.GetFullPath(request.Out))! : request.Out);
            if (isTensor)
                output.WriteLine(SaveTensor(request, Draw(sampler, inputs, count, stage, cancellationToken), [count, snapshot.Architecture.Channels, stage.Resolution, stage.Resolution]));
            else if (isGrid)
                output.WriteLine(SaveGrid(request, Draw(sampler, inputs, count, stage, cancellationToken), count, grid.Columns, snapshot, stage));
            else
                SaveEach(request, Draw(sampler, inputs, count, stage, cancellationToken), inputs, snapshot, stage, isPicture ? request.Out : null, output);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException(e.Message, ExitCodes.Usage, e);
        }
    }

    private static GrowthStage StageOf(SampleRequest request, GeneratorSnapshot snapshot)
    {
        int resolution = request.Resolution ?? snapshot.Stage.Resolution;
        double alpha = request.Alpha ?? (resolution == snapshot.Stage.Resolution ? snapshot.Stage.Alpha : 1);
        int most = snapshot.Architecture.Resolution;
        if (resolution < 4 || resolution > most || Presets.PowerBelow(resolution) != resolution)
            throw new UserException($"--resolution {resolution}: this network draws at powers of two from 4 to {most}.");
        return alpha is >= 0 and <= 1 ? new GrowthStage(resolution, alpha) : throw new UserException($"--alpha {alpha} must be from 0 to 1.");
    }

    /// <summary>Fails before images are drawn that could not be held until the last of them.</summary>
    public static void CheckHeld(int count, int? columnsOfGrid, int size)
    {
        // A tensor is held in floats. Of a grid there are the bytes of the images, of the raster with its empty cells, and of the encoder.
        long bytes = columnsOfGrid is { } columns ? (count + columns - 1L) / columns * columns * size * 3 : (long)count * size * sizeof(float);
        if (bytes > MostHeldBytes)
        {
            throw new UserException(
                $"{count} images in one file need {Say.Memory(bytes)} of memory, more than {Say.Memory(MostHeldBytes)}; " +
                $"draw fewer, or {(columnsOfGrid is null ? "" : "without --grid ")}into a folder with --out.");
        }
    }

    /// <summary>The images in order, some at a time.</summary>
    private static IEnumerable<HostTensor> Draw(ImageSampler sampler, SampleInputs inputs, int count, GrowthStage stage, CancellationToken cancellationToken)
    {
        int atOnce = Math.Clamp(FloatsAtOnce / SizeOf(sampler.Architecture, stage), 1, ImagesAtOnce);
        for (int first = 0; first < count; first += atOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (HostTensor latents, HostTensor? labels) = inputs.Take(first, Math.Min(atOnce, count - first));
            yield return sampler.Render(latents, labels, stage);
        }
    }

    private static string SaveTensor(SampleRequest request, IEnumerable<HostTensor> parts, long[] shape)
    {
        float[] images = new float[shape.Aggregate((a, b) => a * b)];
        int filled = 0;
        foreach (HostTensor part in parts)
        {
            part.Data.CopyTo(images, filled);
            filled += part.Data.Length;
        }
        Durable.Replace(request.Out, file => Safetensors.Write(file, [KeyValuePair.Create("images", new HostTensor(shape, images))], null));
        return request.Out;
    }

    private static string SaveGrid(SampleRequest request, IEnumerable<HostTensor> parts, int count, int columns, GeneratorSnapshot snapshot, GrowthStage stage)
    {
        int channels = snapshot.Architecture.Channels, width = columns * stage.Resolution, filled = 0;
        byte[] images = new byte[count * SizeOf(snapshot.Architecture, stage)];
        foreach (HostTensor part in parts)
        {
            ImageSampler.ToBytes(part.Data).CopyTo(images, filled);
            filled += part.Data.Length;
        }
        byte[] raster = ImageGrid.Compose(images, channels, stage.Resolution, columns, stage.Resolution);
        string file = request.Out.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? request.Out : Path.Combine(request.Out, "grid.png");
        Dictionary<string, string> text = Text(request, snapshot, request.Latents ?? request.Seeds);
        byte[] png = ImageCodec.EncodePng(raster, channels, width, raster.Length / channels / width, text);
        Durable.Replace(file, png);
        return file;
    }

    /// <summary>A file for each image; the only one may have a name of its own.</summary>
    private static void SaveEach(
        SampleRequest request, IEnumerable<HostTensor> parts, SampleInputs inputs, GeneratorSnapshot snapshot, GrowthStage stage, string? name, TextWriter output)
    {
        int size = SizeOf(snapshot.Architecture, stage), number = 0;
        foreach (HostTensor part in parts)
        {
            byte[] bytes = ImageSampler.ToBytes(part.Data);
            for (int i = 0; i < part.Shape[0]; i++, number++)
            {
                string file = name ?? Path.Combine(request.Out, inputs.FileOf(number) + ".png");
                Dictionary<string, string> text = Text(request, snapshot, inputs.OriginOf(number));
                byte[] png = ImageCodec.EncodePng(bytes.AsSpan(i * size, size), snapshot.Architecture.Channels, stage.Resolution, stage.Resolution, text);
                Durable.Replace(file, png);
                output.WriteLine(file);
            }
        }
    }

    /// <summary>What a picture tells of itself.</summary>
    private static Dictionary<string, string> Text(SampleRequest request, GeneratorSnapshot snapshot, string seed)
    {
        Dictionary<string, string> text = new()
        {
            ["Software"] = "pggan",
            ["Network"] = request.Network,
            ["Images seen"] = snapshot.Images.ToString(CultureInfo.InvariantCulture),
            ["Seed"] = seed,
        };
        if (request.Class is { } number)
            text["Class"] = number.ToString(CultureInfo.InvariantCulture);
        return text;
    }

    private static int SizeOf(NetworkArchitecture architecture, GrowthStage stage) => architecture.Channels * stage.Resolution * stage.Resolution;

    private static (int Columns, int Rows) GridOf(string? text, int count)
    {
        if (text is null)
        {
            int columns = (int)Math.Ceiling(Math.Sqrt(count));
            return (columns, (count + columns - 1) / columns);
        }
        string[] parts = text.Split('x');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            && width is >= 1 and <= 1000 && height is >= 1 and <= 1000
            ? (width, height)
            : throw new UserException($"--grid {text} is no grid; write columns x rows, as in 8x4.");
    }
}
