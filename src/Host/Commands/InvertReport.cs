using System.Text.Json;
using System.Text.Json.Serialization;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>What invert found: result.json, and what <c>--json</c> prints.</summary>
/// <param name="Network">As typed.</param>
/// <param name="Kimg">Thousands of images that its training had seen.</param>
/// <param name="Resolution">Of the images that were compared.</param>
/// <param name="Alpha">Weight of the newest block.</param>
/// <param name="Search">How: method, steps, restarts, seed, learning rates, weights.</param>
/// <param name="HasDiscriminator">False: the weight of realism weighed nothing.</param>
/// <param name="Seconds">Of the whole command.</param>
/// <param name="Images">One for each image, in the order of the latents.</param>
internal sealed record InvertReport(
    string Network, double Kimg, int Resolution, double Alpha, InversionOptions Search, bool HasDiscriminator, double Seconds, IReadOnlyList<InvertReport.Found> Images)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The whole as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What was found of an image.</summary>
    /// <param name="Image">Its file as typed.</param>
    /// <param name="Psnr">In dB, of bytes; null = not a byte differs.</param>
    /// <param name="Swd">SWD x 1000 of the two images by the same patches; null below 8 px.</param>
    /// <param name="Class">Of a label that is a class; null of other labels, and for an unconditional network.</param>
    /// <param name="Label">Components that are 1 in the whole label, counted from 0; null for an unconditional network.</param>
    /// <param name="LabelNames">Their names; null where they have none.</param>
    /// <param name="Loss">Weighted sum of the terms.</param>
    /// <param name="FirstLoss">The best of the first draws.</param>
    /// <param name="Terms">Before weights.</param>
    /// <param name="Evaluations">Images of the network that were looked at.</param>
    /// <param name="LastLearningRate">Of the last update; null for a method without.</param>
    /// <param name="Seconds">Of its search.</param>
    internal sealed record Found(
        string Image, double? Psnr, double? Swd, int? Class, IReadOnlyList<int>? Label, IReadOnlyList<string>? LabelNames, double Loss, double FirstLoss,
        InversionTerms Terms, long Evaluations, double? LastLearningRate, double Seconds)
    {
        /// <summary>From a search.</summary>
        public static Found Of(string image, InversionResult result, IReadOnlyList<string> names, NetworkArchitecture architecture, double? swd, double seconds) => new(
            image, double.IsFinite(result.Psnr) ? result.Psnr : null, swd,
            architecture.LabelGroups is null && result.Components is [var only] ? only : null,
            result.Components, names.Count == 0 || result.Components is null ? null : [.. result.Components.Select(component => names[component])],
            result.Loss, result.FirstLoss, result.Terms, result.Evaluations, result.LastLearningRate, seconds);

        /// <summary>For people.</summary>
        public override string ToString() =>
            $"{Pipeline.DisplayName.Of(Image)}: {InvertDisplay.Decibels(Psnr)}{(Swd is { } swd ? $", SWD {swd:0.0}" : "")}, loss {Loss:0.0000} from {FirstLoss:0.0000} (pixels {Terms.Pixels:0.0000}, "
            + $"features {Terms.Features:0.0000}, prior {Terms.Prior:0.00}, realism {Terms.Realism:0.00}){(Label is null ? "" : $", class {Told(Label, LabelNames)}")}, {Say.Time(Seconds)}";

        private static string Told(IReadOnlyList<int> label, IReadOnlyList<string>? names) =>
            names is { Count: > 0 } ? string.Join('+', names.Select(Pipeline.DisplayName.Of)) : new ClassChoice(label).Text;
    }
}
