namespace Pggan.Pipeline;

/// <summary>Looks into a dataset: counts, sizes, classes, and what is refused and why.</summary>
public static class DatasetInspector
{
    /// <summary>Reads up to <paramref name="most"/> images, evenly spread over the dataset, as the pipeline would.</summary>
    /// <param name="source">The dataset.</param>
    /// <param name="options">The wanted size and the size policy decide what is refused.</param>
    /// <param name="most">The most images to read; all of them if there are fewer.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="SourceGoneException">The source itself fails.</exception>
    public static async Task<DatasetReport> InspectAsync(
        IImageSource source, PipelineOptions options, int most, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        var examined = Math.Min(most, source.Count);
        var sizes = new Dictionary<(int Width, int Height), int>();
        var refused = new List<SkippedImage>();
        var (grey, transparent) = (0, 0);
        for (var i = 0; i < examined; i++)
        {
            var index = (int)((long)i * source.Count / examined);
            try
            {
                var image = await source.ReadAsync(index, cancellationToken).ConfigureAwait(false);
                var size = (image.Width, image.Height);
                var isGrey = image.Channels == 1;
                var isTransparent = image.WasTransparent || (image.Channels == 4 && image.Plane(3).ContainsAnyExcept((byte)255));
                ImageConformer.Conform(image, options).Dispose();
                sizes[size] = sizes.GetValueOrDefault(size) + 1;
                grey += isGrey ? 1 : 0;
                transparent += isTransparent ? 1 : 0;
            }
            catch (BadImageException bad)
            {
                refused.Add(new SkippedImage(index, source.NameOf(index), bad.Message));
            }
            catch (IOException error) when (error is not SourceGoneException)
            {
                refused.Add(new SkippedImage(index, source.NameOf(index), $"cannot be read: {error.Message}"));
            }
        }

        return new DatasetReport(
            source.Description, source.Count, examined, examined - refused.Count,
            [.. sizes.OrderByDescending(size => size.Value).Select(size => new SizeCount(size.Key.Width, size.Key.Height, size.Value))],
            grey, source.ClassNames, CountClasses(source), refused, source.Digest)
        {
            Transparent = transparent,
        };
    }

    private static int[] CountClasses(IImageSource source)
    {
        var counts = new int[source.LabelSize];
        var label = new float[source.LabelSize];
        for (var index = 0; index < source.Count && counts.Length > 0; index++)
        {
            source.CopyLabel(index, label);
            if (Array.TrueForAll(label, element => element is 0 or 1))
            {
                for (var i = 0; i < label.Length; i++)
                    counts[i] += (int)label[i]; // a class, or attributes
            }
            else
            {
                counts[Array.IndexOf(label, label.Max())]++;
            }
        }

        return counts;
    }
}
