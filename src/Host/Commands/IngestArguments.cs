using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>What can be said to pggan ingest, and what it means.</summary>
internal sealed class IngestArguments
{
    /// <summary>What --format knows.</summary>
    public static readonly IReadOnlyDictionary<string, DatasetFormat> Formats = new Dictionary<string, DatasetFormat>
    {
        ["zip"] = DatasetFormat.Zip,
        ["tfrecord"] = DatasetFormat.TfRecord,
        ["store"] = DatasetFormat.Store,
    };

    /// <summary>What --crop knows.</summary>
    public static readonly IReadOnlyDictionary<string, CropPolicy> Crops = new Dictionary<string, CropPolicy>
    {
        ["centre"] = CropPolicy.Centre,
        ["wide"] = CropPolicy.Wide,
        ["face"] = CropPolicy.Face,
        ["none"] = CropPolicy.None,
    };

    /// <summary>What --resize knows.</summary>
    public static readonly IReadOnlyDictionary<string, ResizeFilter> Filters = new Dictionary<string, ResizeFilter>
    {
        ["lanczos"] = ResizeFilter.Lanczos,
        ["box"] = ResizeFilter.Box,
    };

    private readonly Argument<string> _source = new("SRC") { Description = "Any dataset of docs/datasets.md; fluent-portraits (embedded); synthetic." };
    private readonly Argument<string> _destination = new("DEST") { Description = "The new dataset: a file.zip or file.store, or a folder of TFRecords." };
    private readonly Option<string?> _format = new("--format") { Description = "zip (StyleGAN's layout), tfrecord (the official multi-resolution records) or store (every resolution ready to train on); by DEST's name unless told.", HelpName = "zip|tfrecord|store" };
    private readonly Option<string?> _size = new("--size") { Description = "Side of the squares in pixels, or width and height; the largest power of two that nearly all images reach unless told.", HelpName = "N|WxH" };
    private readonly Option<string?> _crop = new("--crop") { Description = "What is taken of an image, in the proportions of --size: its centre, the full width between black bars, what is around its box, all, or the same rectangle of each in pixels.", HelpName = "centre|wide|face|none|X,Y,W,H" };
    private readonly Option<int?> _height = new("--height") { Description = "With --crop wide: rows of the picture; as its proportions are unless told.", HelpName = "N" };
    private readonly Option<bool> _pad = new("--pad") { Description = "Fills up to the size with --background instead of cutting (with --crop face: beyond the image's edge)." };
    private readonly Option<string?> _boxes = new("--boxes") { Description = "With --crop face: a table name,x,y,width,height in pixels.", HelpName = "FILE" };
    private readonly Option<string> _withoutBox = new("--without-box") { Description = "With --crop face: what becomes of an image without a box.", HelpName = "refuse|centre", DefaultValueFactory = _ => "refuse" };
    private readonly Option<string> _background = new("--background") { Description = "Colour behind transparent pixels and of --pad.", HelpName = "#RRGGBB", DefaultValueFactory = _ => Colour.White };
    private readonly Option<string> _resize = new("--resize") { Description = "Filter.", HelpName = "lanczos|box", DefaultValueFactory = _ => "lanczos" };
    private readonly Option<bool> _allowUpscale = new("--allow-upscale") { Description = "Enlarges small images; they are refused unless told." };
    private readonly Option<int?> _channels = new("--channels") { Description = "1 (grey), 3 (RGB) or 4 (with alpha, zip or store); 1 where all images are grey, else 3, unless told.", HelpName = "1|3|4" };
    private readonly Option<string> _labels = new("--labels") { Description = "auto (SRC's own), none, or a file: CSV, JSON or a list of attributes.", HelpName = "auto|none|FILE", DefaultValueFactory = _ => "auto" };
    private readonly Option<string?> _attributes = new("--attributes") { Description = "Columns of the labels that are taken; of several, the one-hots stand one behind the other.", HelpName = "A,B" };
    private readonly Option<bool> _shuffle = new("--shuffle") { Description = "In a random order, always the same for a --seed." };
    private readonly Option<long?> _seed = new("--seed") { Description = "Of --shuffle; 0 unless told.", HelpName = "S" };
    private readonly Option<int?> _maxImages = new("--max-images") { Description = "The most images that are written.", HelpName = "N" };
    private readonly Option<bool> _dropDuplicates = new("--drop-duplicates") { Description = "Leaves out images with the pixels of an earlier one; they are only told of unless this is said." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replaces DEST where it is such a dataset already." };
    private readonly Option<int?> _workers = new("--workers") { Description = "Images that are worked on at once; as many as there are cores unless told.", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "For programs." };

    /// <summary>Adds them to the command.</summary>
    public IngestArguments(Command command)
    {
        command.Add(_source);
        command.Add(_destination);
        foreach (Option option in new Option[]
        {
            _format, _size, _crop, _height, _pad, _boxes, _withoutBox, _background, _resize, _allowUpscale, _channels, _labels, _attributes, _shuffle, _seed, _maxImages,
            _dropDuplicates, _overwrite, _workers, _json,
        })
            command.Add(option);
    }

    /// <summary>What was said.</summary>
    /// <exception cref="UserException">It means nothing.</exception>
    public IngestRequest Read(ParseResult parsed)
    {
        string to = parsed.GetRequiredValue(_destination);
        if (to.Contains('\0', StringComparison.Ordinal))
            throw new UserException("DEST is no path; it must name a file or folder.");
        bool pads = parsed.GetValue(_pad);
        CropRectangle? rectangle = parsed.GetValue(_crop) is { } numbers && numbers.Contains(',', StringComparison.Ordinal) ? RectangleOf(numbers) : null;
        CropPolicy policy = rectangle is not null ? CropPolicy.Rectangle
            : parsed.GetValue(_crop) is { } said ? OneOf(said == "center" ? "centre" : said, "--crop", Crops, ", or a rectangle X,Y,W,H") : pads ? CropPolicy.None : CropPolicy.Centre;
        if (policy == CropPolicy.Face == parsed.GetValue(_boxes) is null)
            throw new UserException(policy == CropPolicy.Face ? "--crop face needs a table of boxes; name it with --boxes FILE." : "--boxes belongs to --crop face.");
        if (parsed.GetValue(_seed) is not null && !parsed.GetValue(_shuffle))
            throw new UserException("--seed belongs to --shuffle: without it, images keep their order.");
        string[] picked = parsed.GetValue(_attributes)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (parsed.GetValue(_attributes) is not null && picked.Length == 0)
            throw new UserException("--attributes names none; write them as Smiling,Male.");
        if (picked.Distinct().Count() < picked.Length)
            throw new UserException("--attributes names one twice.");
        string labelled = parsed.GetRequiredValue(_labels);
        if (labelled == "none" && picked.Length > 0)
            throw new UserException("--attributes picks labels, and --labels none wants none.");
        IngestOptions options = new()
        {
            Format = parsed.GetValue(_format) is { } named ? OneOf(named, "--format", Formats)
                : to.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? DatasetFormat.Zip
                : to.EndsWith(".store", StringComparison.OrdinalIgnoreCase) ? DatasetFormat.Store
                : FolderName.FileEnding(to) is not { } ending ? DatasetFormat.TfRecord
                : throw new UserException($"DEST {to}: a dataset is a .zip, a .store, or a folder of TFRecords, not a {ending}; --format says it where the name can't."),
            Crop = policy,
            Rectangle = rectangle,
            PictureHeight = parsed.GetValue(_height),
            Pad = pads,
            CentreWithoutBox = parsed.GetResult(_withoutBox) is { Implicit: false } && OneOf(parsed.GetRequiredValue(_withoutBox), "--without-box", new Dictionary<string, bool> { ["refuse"] = false, ["centre"] = true }),
            Background = Colour.Parse(parsed.GetRequiredValue(_background)),
            Resize = OneOf(parsed.GetRequiredValue(_resize), "--resize", Filters),
            AllowUpscale = parsed.GetValue(_allowUpscale),
            ShuffleSeed = parsed.GetValue(_shuffle) ? parsed.GetValue(_seed) ?? 0 : null,
            MaxImages = parsed.GetValue(_maxImages) ?? int.MaxValue,
            DropDuplicates = parsed.GetValue(_dropDuplicates),
            Workers = parsed.GetValue(_workers) ?? Environment.ProcessorCount,
        };
        return new IngestRequest(
            parsed.GetRequiredValue(_source), to, options, parsed.GetValue(_size) is { } size ? SizeOf(size) : null, parsed.GetValue(_channels), labelled, picked,
            parsed.GetValue(_boxes), parsed.GetValue(_overwrite), parsed.GetValue(_json));
    }

    /// <summary>A name for what decides about labels and boxes beside the source: the same files and columns have the same.</summary>
    /// <exception cref="UserException">A file can't be read.</exception>
    public static string DigestOf(IngestRequest request)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in request.Attributes.Prepend(request.LabelFile is null ? request.Labels : "a file"))
            hash.AppendData(Encoding.UTF8.GetBytes(part + "\n"));
        foreach (string? file in new[] { request.LabelFile, request.Boxes })
        {
            try
            {
                if (file is not null)
                    hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserException($"{file} can't be read: {e.Message}", ExitCodes.DataUnusable, e);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static (int Width, int Height) SizeOf(string said) =>
        int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out int side) ? (side, side)
        : BaseSize.TryParseSides(said, out int width, out int height) ? (width, height)
        : throw new UserException($"--size '{DisplayName.Of(said)}' is no size; write it as N for squares or as WIDTHxHEIGHT in pixels, such as 64x96.");

    private static CropRectangle RectangleOf(string said)
    {
        string[] parts = said.Split(',', StringSplitOptions.TrimEntries);
        int[] numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers is [>= 0 and var x, >= 0 and var y, > 0 and var width, > 0 and var height]
            ? new CropRectangle(x, y, width, height)
            : throw new UserException($"--crop '{said}' is no rectangle; write it as X,Y,W,H in pixels, such as 25,57,128,128.");
    }

    private static T OneOf<T>(string said, string option, IReadOnlyDictionary<string, T> known, string orElse = "") =>
        known.TryGetValue(said, out T? meant)
            ? meant
            : throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{option} '{said}' is not one of {string.Join(", ", known.Keys)}{orElse}.{DidYouMean.Hint(said, known.Keys)}"));
}
