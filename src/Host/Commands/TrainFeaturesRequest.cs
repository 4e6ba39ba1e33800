namespace Pggan.Host;

/// <summary>What the command line of train-features asks for.</summary>
internal sealed record TrainFeaturesRequest
{
    /// <summary>A labelled dataset, as --data names it.</summary>
    public required string Data { get; init; }

    /// <summary>A dataset to measure the accuracy on; null = a tenth of <see cref="Data"/>, held out.</summary>
    public string? HeldOut { get; init; }

    /// <summary>The safetensors file to write.</summary>
    public required string Out { get; init; }

    /// <summary>Pixels; null = the dataset's, 32 at most.</summary>
    public int? Resolution { get; init; }

    /// <summary>Thousands of images to train on; null = by epochs, or what the dataset's size asks for.</summary>
    public double? Kimg { get; init; }

    /// <summary>Times that each image is trained on; null = by kimg.</summary>
    public double? Epochs { get; init; }

    /// <summary>Seed of everything.</summary>
    public long Seed { get; init; }

    /// <summary>Device to train on.</summary>
    public required string Device { get; init; }
}
