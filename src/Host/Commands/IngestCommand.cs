using System.CommandLine;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Pggan.Model;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan ingest: images of any kind into a dataset of ours.</summary>
internal static class IngestCommand
{
    /// <summary>The command's.</summary>
    public const string Name = "ingest";

    private const int ListedAtMost = 20;
    private const string RefusedSuffix = ".refused.txt";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command.</summary>
    public static Command Build(IAnsiConsole console, TextWriter error)
    {
        Command command = new(Name, "Makes a dataset out of images: crops, resizes, labels, and writes a zip, a store or TFRecords. Interrupted, it goes on when it is started again.");
        IngestArguments arguments = new(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            IngestRequest request = arguments.Read(parsed);
            return Interruptible.RunAsync(token => RunAsync(request, console.Profile.Out.Writer, error, token), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(IngestRequest request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        string partial = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Destination)) + Ingestion.PartialSuffix;
        try
        {
            using IImageSource source = Datasets.Open(request.Source, new DecodeOptions { Background = request.Options.Background, KeepAlpha = request.Channels == 4 });
            if (RealPath.Of(request.Source) == RealPath.Of(request.Destination))
                throw new UserException("SRC and DEST are the same; name another DEST.");
            IngestOptions options = await CompleteAsync(request, source, cancellationToken);
            IngestLabels labels = request.LabelFile is { } file ? IngestLabels.Read(file, source, request.Attributes)
                : request.Labels == "none" ? IngestLabels.None : IngestLabels.Of(source, request.Attributes);
            CropBoxes? boxes = request.Boxes is { } table ? CropBoxes.Read(table, source) : null;
            DrawProgress progress = new(Math.Min(source.Count, options.MaxImages), error, "images looked at");
            bool isBegun = false;
            Ingestion ingestion = new(source, options, labels, boxes, request.Destination, IngestArguments.DigestOf(request))
            {
                Overwrite = request.Overwrite,
                OnProgress = done =>
                {
                    if (isBegun)
                        progress.Step();
                    else
                        progress.StartAt(done);
                    if (!isBegun && done > 0)
                        error.WriteLine($"goes on behind {done} images");
                    isBegun = true;
                },
            };
            IngestReport report = await ingestion.RunAsync(cancellationToken);
            string speed = progress.End(report.Path);
            if (request.Json)
                await output.WriteLineAsync(JsonSerializer.Serialize(new { report.Path, report.Images, report.Seen, report.Resumed, Size = SideOf(options), options.Width, options.Height, options.Channels, report.ClassNames, report.ClassCounts, report.Duplicates, report.Refused }, Json));
            else
                Print(report, options, speed, output);
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (Directory.Exists(partial))
        {
            await error.WriteLineAsync($"{DisplayName.Of(partial)} keeps what is done; the same command goes on there.");
            throw;
        }
        catch (SourceGoneException e)
        {
            throw new UserException($"{e.Message}.\nThe same command goes on when it is back.", ExitCodes.DataUnusable, e);
        }
        catch (ArgumentException e)
        {
            throw new UserException(e.Message + ".", ExitCodes.Usage, e);
        }
        catch (InvalidDataException e)
        {
            throw new UserException($"{e.Message}.\nTake {partial} away to begin anew.", ExitCodes.DataUnusable, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{request.Destination} can't be written: {e.Message}\nWhen it can, the same command goes on where it was.", ExitCodes.Usage, e);
        }
    }

    /// <summary>Of squares; null: other images have two sides.</summary>
    private static int? SideOf(IngestOptions options) => options.Width == options.Height ? options.Width : null;

    /// <summary>Looks at the images for what was not said of them.</summary>
    private static async Task<IngestOptions> CompleteAsync(IngestRequest request, IImageSource source, CancellationToken cancellationToken)
    {
        (int Width, int Height)? said = request.Size ?? (request.Options.Rectangle is { } part ? SquareIn(part) : null);
        (int width, int height) = said ?? (Datasets.LargestResolution, Datasets.LargestResolution);
        IngestOptions options = request.Options with { Width = width, Height = height, Channels = request.Channels ?? request.Options.Channels };
        options.Validate();
        if (said is not null && request.Channels is not null)
            return options;
        DatasetFacts facts = await Datasets.InspectAsync(request.Source, source, BaseSize.Square, cancellationToken);
        options = options with { Channels = request.Channels ?? facts.Channels };
        return said is null ? options with { Size = facts.Resolution } : options;
    }

    private static (int Width, int Height) SquareIn(CropRectangle part)
    {
        int side = Math.Min(Datasets.LargestResolution, 1 << BitOperations.Log2((uint)Math.Max(part.Width, part.Height)));
        return (side, side);
    }

    private static void Print(IngestReport report, IngestOptions options, string speed, TextWriter output)
    {
        output.WriteLine($"images     {report.Images} written, of {report.Seen} looked at{(report.Resumed > 0 ? $", {report.Resumed} of them before" : "")}");
        output.WriteLine($"form       {options.Width}x{options.Height}, {options.Channels} {(options.Channels == 1 ? "channel" : "channels")}, {options.Format.ToString().ToLowerInvariant()}");
        output.WriteLine(report.ClassNames.Count == 0 ? "classes    none" : $"classes    {report.ClassNames.Count}");
        int widest = report.ClassCounts.DefaultIfEmpty(0).Max();
        for (int i = 0; i < Math.Min(report.ClassCounts.Count, ListedAtMost); i++)
        {
            string bar = new('#', widest == 0 ? 0 : (int)(30L * report.ClassCounts[i] / widest));
            output.WriteLine($"  {DisplayName.Of(report.ClassNames[i]),-20} {report.ClassCounts[i],8} {bar}");
        }
        if (report.ClassCounts.Count > ListedAtMost)
            output.WriteLine($"  {report.ClassCounts.Count - ListedAtMost} more; --json lists all");
        output.WriteLine($"duplicates {report.Duplicates.Count}{(report.Duplicates.Count == 0 ? "" : options.DropDuplicates ? ", left out" : ", written too; --drop-duplicates leaves them out")}");
        foreach (DuplicateImage duplicate in report.Duplicates.Take(ListedAtMost))
            output.WriteLine($"  {duplicate.Name} has the pixels of {duplicate.First}");
        if (report.Duplicates.Count > ListedAtMost)
            output.WriteLine($"  {report.Duplicates.Count - ListedAtMost} more; --json lists all");
        string list = report.Path + RefusedSuffix;
        output.WriteLine($"refused    {report.Refused.Count}{(report.Refused.Count == 0 ? "" : $", all in {DisplayName.Of(list)}")}");
        foreach (SkippedImage refused in report.Refused.Take(ListedAtMost))
            output.WriteLine($"  {refused.Name}: {DisplayName.Of(refused.Reason)}");
        output.WriteLine(speed);
        if (report.Refused.Count > 0)
            Durable.Replace(list, Encoding.UTF8.GetBytes(string.Concat(report.Refused.Select(r => $"{r.Name}\t{DisplayName.Of(r.Reason)}\n"))));
        else
            File.Delete(list);
    }
}
