using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>What a picture of samples shows, and the name of its file.</summary>
/// <param name="Name">Of the file, without its extension.</param>
/// <param name="Count">Images to draw.</param>
/// <param name="Columns">Images a row.</param>
/// <param name="Seeds">Of the latents: one for all images, or one for each.</param>
/// <param name="LabelOf">The components that are 1 in the label of each image; used by conditional networks.</param>
/// <param name="Label">They, where all images have the same and the file is to tell it.</param>
internal sealed record PicturePlan(
    string Name, int Count, int Columns, IReadOnlyList<long> Seeds, Func<int, IReadOnlyList<int>> LabelOf, IReadOnlyList<int>? Label = null)
{
    /// <summary>Most images of one picture by command: they are all in memory at once.</summary>
    private const int MostSamples = 1024;

    private const int MostInName = 8;

    /// <summary>The run's fixed grid: a conditional network gets one class a row.</summary>
    public static PicturePlan OfGrid(GeneratorSnapshot snapshot, int columns, int rows, long seed)
    {
        var architecture = snapshot.Architecture;
        var turns = WholeLabel.Turns(architecture);
        return new PicturePlan(
            NameOf(snapshot.Images), columns * rows, columns, [seed], i => WholeLabel.Of(architecture, turns[i / columns % turns.Count])!);
    }

    /// <summary>The picture that a command asks for, or null.</summary>
    /// <param name="snapshot">The network that draws it.</param>
    /// <param name="wish">The command.</param>
    /// <param name="refusal">Why there is none; null when there is.</param>
    public static PicturePlan? Of(GeneratorSnapshot snapshot, DrawSamples wish, out string? refusal)
    {
        var (count, seed, number, seeds, name) = wish;
        var architecture = snapshot.Architecture;
        var classes = architecture.LabelSize;
        IReadOnlyList<int>? only = name is not null ? snapshot.ComponentsOf(name) : number is { } one ? [one] : null;
        refusal =
            count is < 1 or > MostSamples ? $"{count} samples must be from 1 to {MostSamples}"
            : seeds is not null && seeds.Count != count ? $"{seeds.Count} seeds are not those of {count} samples"
            : (only is not null || name is not null) && classes == 0 ? "this network has no classes"
            : name is not null && only is null ? $"this network has no class '{name}'"
            : only?.Any(component => component < 0 || component >= classes) == true ? $"class {only[0]} must be from 0 to {classes - 1}"
            : only is not null && WholeLabel.Of(architecture, only) is null ? $"two of '{name}' are values of one attribute"
            : null;
        if (refusal is not null)
            return null;
        var columns = (int)Math.Ceiling(Math.Sqrt(count));
        var turns = WholeLabel.Turns(architecture);
        return new PicturePlan(
            NameOf(snapshot.Images, wish, only), count, columns, seeds ?? [seed], i => WholeLabel.Of(architecture, only ?? turns[i % turns.Count])!,
            only is null ? null : WholeLabel.Of(architecture, only));
    }

    /// <summary>The name of a picture by command.</summary>
    /// <param name="images">Images seen.</param>
    /// <param name="wish">The command.</param>
    /// <param name="only">The components that were named; null = none.</param>
    public static string NameOf(long images, DrawSamples wish, IReadOnlyList<int>? only)
    {
        var of = wish.Seeds is { } seeds ? $"seeds{Listed(seeds)}" : $"seed{wish.Seed}";
        return $"samples{Kimg(images)}-{of}{(only is null ? "" : only is [] ? $"-class{GeneratorSnapshot.NoFlag}" : $"-class{Listed(only)}")}";
    }

    /// <summary>The name of a picture of the fixed grid.</summary>
    public static string NameOf(long images) => $"fakes{Kimg(images)}";

    /// <summary>The name of another picture of the same kimg.</summary>
    public static string NameOf(string taken, long images) => $"{taken}-{images}";

    /// <summary>A list as part of a name; of one that is too long a digest tells the rest.</summary>
    private static string Listed<T>(IReadOnlyList<T> numbers) =>
        string.Join('_', numbers.Take(MostInName)) + (numbers.Count > MostInName ? $"_{Digest(string.Join('_', numbers))}" : "");

    private static string Digest(string list) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(list)))[..8];

    private static string Kimg(long images) => (images / 1000).ToString("000000", CultureInfo.InvariantCulture);
}
