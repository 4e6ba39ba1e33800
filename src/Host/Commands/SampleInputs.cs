using System.Globalization;
using System.Text.Json.Nodes;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>Latents and labels of the images to draw, made or sliced some at a time.</summary>
internal sealed class SampleInputs
{
    private readonly SampleRequest _request;
    private readonly NetworkArchitecture _architecture;
    private readonly IReadOnlyList<string> _labelNames;
    private readonly IReadOnlyList<ClassChoice> _classes;
    private readonly IReadOnlyList<long> _seeds = [];
    private readonly HostTensor? _latents;
    private readonly HostTensor? _labels;

    /// <summary>Reads what the request names.</summary>
    /// <exception cref="UserException">Seeds, latents, classes or truncation do not fit the network.</exception>
    public SampleInputs(SampleRequest request, GeneratorSnapshot network)
    {
        NetworkArchitecture architecture = network.Architecture;
        (_request, _architecture, _labelNames) = (request, architecture, network.LabelNames);
        if (request.Truncation is not (>= 0 and <= 1))
            throw new UserException($"--truncation {request.Truncation} must be from 0 to 1.");
        _classes = ClassList.Parse(request.Class, network);
        if (architecture.LabelSize > 0 && request is { Class: null, Latents: null })
            throw ClassList.Missing(network);
        if (request.Latents is not { } path)
        {
            _seeds = SeedList.Parse(request.Seeds);
            Count = _seeds.Count;
            return;
        }
        using SafetensorsFile file = Open(path);
        if (!file.Contains("z"))
            throw new UserException($"{path} has no tensor z.");
        _latents = Checked(file.Read("z"), architecture.Latents, "z");
        Count = (int)_latents.Shape[0];
        if (architecture.LabelSize > 0 && request.Class is null && file.Contains("labels"))
            _labels = Checked(file.Read("labels"), architecture.LabelSize, "labels");
        if (architecture.LabelSize > 0 && request.Class is null && _labels?.Shape[0] != Count)
            throw new UserException($"{path} has {Count} latents and {_labels?.Shape[0] ?? 0} labels; a conditional network takes a label for each, or --class.");

        HostTensor Checked(HostTensor tensor, int width, string name) => tensor.Shape is [> 0, var actual] && actual == width
            ? tensor
            : throw new UserException($"{path}: {name} is [{string.Join(", ", tensor.Shape)}], and this network takes [N, {width}].");
    }

    /// <summary>Images to draw.</summary>
    public int Count { get; }

    /// <summary>Name of an image's file without its ending; with several classes its class is part of it.</summary>
    public string FileOf(int image) =>
        (_latents is null ? "seed" : "latent") + NumberOf(image).ToString("D4", CultureInfo.InvariantCulture) + (_classes.Count > 1 ? $"-class{ClassOf(image)!.Text}" : "");

    /// <summary>Where an image's latent comes from.</summary>
    public string OriginOf(int image) => _latents is null
        ? NumberOf(image).ToString(CultureInfo.InvariantCulture)
        : $"{_request.Latents}#{NumberOf(image).ToString("D4", CultureInfo.InvariantCulture)}";

    /// <summary>The classes in turn, as a picture of all images tells them; null = none.</summary>
    public string? Classes => _classes.Count == 0 ? null : string.Join(',', _classes.Select(choice => choice.Text));

    /// <summary>The same by name; null where there are none.</summary>
    public string? ClassNames => _classes.Count == 0 || _labelNames.Count == 0 ? null : string.Join(',', _classes.Select(choice => choice.NameIn(_labelNames)));

    /// <summary>The class that an image was asked for by; null = by none.</summary>
    public ClassChoice? ClassOf(int image) => _classes.Count > 0 ? _classes[image % _classes.Count] : null;

    /// <summary>The same by name; null where there is none.</summary>
    public string? ClassNameOf(int image) => ClassOf(image)?.NameIn(_labelNames);

    /// <summary>
    /// An image's label as datasets have it: the number of its class, or the components where one of the images has several; null where the network takes
    /// none.
    /// </summary>
    public JsonNode? LabelOf(int image) =>
        _classes.Count > 0 && _classes.All(choice => choice.Elements.Count == 1) ? ClassOf(image)!.Elements[0]
        : Take(image, 1).Labels is not { } labels ? null
        : new JsonArray([.. labels.Data.Select(component => (JsonNode)component)]);

    /// <summary>Some of them in order.</summary>
    public (HostTensor Latents, HostTensor? Labels) Take(int first, int count)
    {
        HostTensor latents = _latents is null ? OfSeeds(first, count) : Rows(_latents, first, count);
        return (
            Truncation.Matters(_architecture) ? Truncation.Apply(latents, _request.Truncation) : latents,
            _classes.Count > 0 ? OneHot(first, count) : _labels is null ? null : Rows(_labels, first, count));
    }

    private static SafetensorsFile Open(string path)
    {
        InputFile.Require("--latents", path);
        try
        {
            return Safetensors.Open(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"--latents: {path} can't be read: {e.Message}", ExitCodes.Usage, e);
        }
    }

    private long NumberOf(int image) => _latents is null ? _seeds[image] : image;

    private HostTensor OfSeeds(int first, int count) => ImageSampler.Latents(_architecture.Latents, [.. _seeds.Skip(first).Take(count)]);

    private HostTensor OneHot(int first, int count)
    {
        float[] data = new float[count * _architecture.LabelSize];
        for (int i = 0; i < count; i++)
            ClassOf(first + i)!.CopyTo(data.AsSpan(i * _architecture.LabelSize, _architecture.LabelSize));
        return new HostTensor([count, _architecture.LabelSize], data);
    }

    private static HostTensor Rows(HostTensor rows, int first, int count)
    {
        int width = (int)rows.Shape[1];
        return new HostTensor([count, width], rows.Data.AsSpan(first * width, count * width).ToArray());
    }
}
