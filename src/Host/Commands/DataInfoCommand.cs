using System.CommandLine;
using System.Text.Json;
using Pggan.Pipeline;
using Spectre.Console;

namespace Pggan.Host;

/// <summary>pggan data info: what a dataset holds.</summary>
internal static class DataInfoCommand
{
    private const int ListedAtMost = 20;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command data with its command info.</summary>
    public static Command Build(IAnsiConsole console)
    {
        Command info = new("info", "Counts, sizes, classes, and what is refused and why.");
        Argument<string> data = new("DATA") { Description = "Folder, zip, tar, Parquet, LMDB, CIFAR or another of docs/datasets.md, fluent-portraits or synthetic." };
        Option<string> resolution = new("--resolution") { Description = "What is refused at this resolution: a power of two, or width and height, as in 64x96.", HelpName = "N|WxH", DefaultValueFactory = _ => "4" };
        Option<int?> most = new("--most") { Description = "The most images to read, evenly spread (all).", HelpName = "N" };
        Option<bool> json = new("--json") { Description = "For programs." };
        Option<string> background = new("--background") { Description = "Colour behind transparent pixels.", HelpName = "#RRGGBB", DefaultValueFactory = _ => Colour.White };
        info.Add(data);
        foreach (Option option in new Option[] { resolution, most, background, json })
            info.Add(option);
        info.SetAction(async (parsed, cancellationToken) =>
        {
            string colour = parsed.GetRequiredValue(background);
            (BaseSize size, int wanted) = TypedSize.Parse("--resolution", parsed.GetRequiredValue(resolution));
            PipelineOptions options = new() { Resolution = wanted, Base = size, Decode = new DecodeOptions { Background = Colour.Parse(colour) } };
            try
            {
                options.Validate();
            }
            catch (ArgumentException e)
            {
                throw new UserException($"--resolution: {e.Message}.", ExitCodes.Usage, e);
            }
            if (parsed.GetValue(most) < 1)
                throw new UserException($"--most {parsed.GetValue(most)} must be at least 1.");
            (string path, int limit) = (parsed.GetRequiredValue(data), parsed.GetValue(most) ?? int.MaxValue);
            DatasetReport report = await Interruptible.RunAsync(
                async token =>
                {
                    using IImageSource source = Datasets.Open(SyntheticData.Complete(path, wanted, size, channels: 3), colour);
                    return await DatasetInspector.InspectAsync(source, options, limit, token);
                },
                cancellationToken);
            TextWriter output = console.Profile.Out.Writer;
            if (parsed.GetValue(json))
                await output.WriteLineAsync(JsonSerializer.Serialize(report, Json));
            else
                Print(report, output);
            return report.Usable > 0 ? ExitCodes.Done : ExitCodes.DataUnusable;
        });
        Command command = new("data", "Looks at datasets.");
        command.Add(info);
        return command;
    }

    private static void Print(DatasetReport report, TextWriter output)
    {
        output.WriteLine(report.Description);
        output.WriteLine($"images     {report.Count}, {report.Examined} read, {report.Usable} usable{(report.Grey > 0 ? $", {report.Grey} grey" : "")}");
        output.WriteLine($"sizes      {string.Join(", ", report.Sizes.Take(ListedAtMost).Select(s => $"{s.Width}x{s.Height} ({s.Images})"))}{More(report.Sizes.Count)}");
        if (report.Transparent > 0)
            output.WriteLine($"alpha      {report.Transparent} have transparent pixels; a training lays them over its background, --set channels=4 keeps alpha");
        output.WriteLine(report.ClassNames.Count == 0 ? "classes    none" : $"classes    {report.ClassNames.Count}");
        int widest = report.ClassCounts.DefaultIfEmpty(0).Max();
        for (int i = 0; i < Math.Min(report.ClassCounts.Count, ListedAtMost); i++)
        {
            string bar = new('#', widest == 0 ? 0 : (int)(30L * report.ClassCounts[i] / widest));
            output.WriteLine($"  {DisplayName.Of(report.ClassNames[i]),-20} {report.ClassCounts[i],8} {bar}");
        }
        if (report.ClassCounts.Count > ListedAtMost)
            output.WriteLine($"  {report.ClassCounts.Count - ListedAtMost} more classes");
        output.WriteLine($"refused    {report.Refused.Count}");
        foreach (SkippedImage refused in report.Refused.Take(ListedAtMost))
            output.WriteLine($"  {refused.Name}: {refused.Reason}");
        if (report.Refused.Count > ListedAtMost)
            output.WriteLine($"  {report.Refused.Count - ListedAtMost} more; --json lists all");
        output.WriteLine($"digest     {report.Digest}");
    }

    private static string More(int count) => count > ListedAtMost ? $", {count - ListedAtMost} more" : "";
}
