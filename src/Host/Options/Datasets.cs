using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Opens what --data names, and looks into it.</summary>
internal static class Datasets
{
    private const int ImagesToLookAt = 64;

    /// <summary>The largest that is chosen by images, in pixels.</summary>
    public const int LargestResolution = 1024;

    /// <summary>Share of the images that must reach a resolution with both sides for it to be the dataset's.</summary>
    private const double NearlyAll = 0.95;

    /// <summary>The source; the caller disposes it.</summary>
    /// <param name="data">As --data names it.</param>
    /// <param name="background">Colour behind transparent pixels.</param>
    /// <exception cref="DatasetUnusableException">Nothing there, or nothing usable in it.</exception>
    /// <exception cref="UserException">It can't be read, or the background is no colour.</exception>
    public static IImageSource Open(string data, string background = Colour.White) => Open(data, new DecodeOptions { Background = Colour.Parse(background) });

    /// <summary>The same, with all that says how files are decoded.</summary>
    /// <exception cref="DatasetUnusableException">Nothing there, or nothing usable in it.</exception>
    /// <exception cref="UserException">It can't be read.</exception>
    public static IImageSource Open(string data, DecodeOptions decode)
    {
        if (SyntheticData.Is(data))
            return SyntheticData.Open(data, decode.KeepAlpha);
        if (data != RunOptions.EmbeddedData)
        {
            try
            {
                return ImageSources.Open(data, decode);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserException($"{data} can't be read: {e.Message}", ExitCodes.DataUnusable, e);
            }
        }
        Stream zip = typeof(Datasets).Assembly.GetManifestResourceStream("fluent-portraits-64.zip")
            ?? throw new InvalidOperationException("the embedded dataset is missing from this build");
        return new ZipSource(zip, "fluent-portraits (embedded)", decode, leaveOpen: false);
    }

    /// <summary>What a store's images grow from; other datasets are cut to squares where nobody says otherwise.</summary>
    public static BaseSize BaseOf(IImageSource source) => (source as StoreSource)?.Base ?? BaseSize.Square;

    /// <summary>What a network's images grow from.</summary>
    public static BaseSize BaseOf(NetworkArchitecture architecture) => new(architecture.BaseWidth, architecture.BaseHeight);

    /// <summary>Reads some images, evenly spread.</summary>
    /// <param name="data">As --data names it.</param>
    /// <param name="source">The same, open.</param>
    /// <param name="base">What the images are brought to.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetUnusableException">None of them can be used.</exception>
    public static async Task<DatasetFacts> InspectAsync(string data, IImageSource source, BaseSize @base, CancellationToken cancellationToken)
    {
        PipelineOptions smallest = new() { Resolution = ImagePyramid.SmallestResolution, Base = @base };
        DatasetReport report = await DatasetInspector.InspectAsync(source, smallest, ImagesToLookAt, cancellationToken);
        if (report.Usable == 0)
        {
            throw new DatasetUnusableException(report.Refused is [var first, ..]
                ? $"{source.Description}: none of {report.Examined} images can be used; for example {first.Name}: {first.Reason}"
                : $"{source.Description} holds no images");
        }
        return new DatasetFacts(
            source.Count, ResolutionOf(report, @base), (source as StoreSource)?.Channels ?? (report.Grey == report.Usable ? 1 : 3), MirrorIsSafe: data == RunOptions.EmbeddedData)
        {
            Base = @base,
            Proportions = ProportionsOf(report),
            Transparency = report.Transparent == 0 ? null : $"{report.Transparent} of {report.Usable}",
        };
    }

    /// <summary>Fails when the images seen can't be trained on at a resolution.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="options">The resolution, and how images are brought to it.</param>
    /// <param name="largestMinibatch">Images in it.</param>
    /// <param name="stored">Images that a store has at that resolution: then some can be used, and none is read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetUnusableException">All are too small, or there are fewer than a minibatch.</exception>
    public static async Task CheckAsync(IImageSource source, PipelineOptions options, int largestMinibatch, int stored, CancellationToken cancellationToken)
    {
        DatasetReport report = await DatasetInspector.InspectAsync(source, options, stored > 0 ? 0 : ImagesToLookAt, cancellationToken);
        if (report.Usable == 0 && stored == 0)
        {
            SkippedImage? small = report.Refused.FirstOrDefault(refused => refused.Reason.Contains("upscaling is not allowed", StringComparison.Ordinal));
            SkippedImage first = small ?? report.Refused[0];
            throw new DatasetUnusableException(
                $"{source.Description}: none of {report.Examined} images can be used at {options.Base.At(options.Resolution)}; " +
                $"for example {first.Name}: {first.Reason.TrimEnd('.')}.{(small is null ? "" : " Take a lower --resolution, or --set allow_upscale=true.")}");
        }
        if (source.Count < largestMinibatch)
        {
            throw new DatasetUnusableException(
                $"{source.Description} has {source.Count} images, fewer than a minibatch of {largestMinibatch}; take a smaller --minibatch or more images.");
        }
    }

    private static int ResolutionOf(DatasetReport report, BaseSize @base)
    {
        int resolution = ImagePyramid.SmallestResolution;
        int Reaching(int at) => report.Sizes.Where(s => s.Width >= @base.WidthAt(at) && s.Height >= @base.HeightAt(at)).Sum(s => s.Images);
        while (resolution < LargestResolution && Reaching(resolution * 2) >= NearlyAll * report.Usable)
            resolution *= 2;
        return resolution;
    }

    /// <summary>The smallest base of the proportions that nearly all images have.</summary>
    private static BaseSize? ProportionsOf(DatasetReport report)
    {
        (int Width, int Height, int Images) most = report.Sizes
            .GroupBy(s => (Width: s.Width / Divisor(s), Height: s.Height / Divisor(s)))
            .Select(same => (same.Key.Width, same.Key.Height, Images: same.Sum(s => s.Images)))
            .MaxBy(same => same.Images);
        int times = (ImagePyramid.SmallestResolution + Math.Min(most.Width, most.Height) - 1) / Math.Min(most.Width, most.Height);
        return most.Images >= NearlyAll * report.Usable && BaseSize.TryParse($"{most.Width * times}x{most.Height * times}", out BaseSize size) ? size : null;

        static int Divisor(SizeCount size) => (int)System.Numerics.BigInteger.GreatestCommonDivisor(size.Width, size.Height);
    }
}
