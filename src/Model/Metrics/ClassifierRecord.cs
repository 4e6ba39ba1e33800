namespace Pggan.Model;

/// <summary>How a classifier came to be; stored with it.</summary>
public sealed record ClassifierRecord
{
    /// <summary>Names of the classes, in the order of the network's outputs.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Identity of the dataset that it was trained on.</summary>
    public required string DatasetDigest { get; init; }

    /// <summary>Seed of the training.</summary>
    public required long Seed { get; init; }

    /// <summary>Images that it was trained on, with repetitions.</summary>
    public required long Images { get; init; }

    /// <summary>Images that were held out.</summary>
    public required long HeldOut { get; init; }

    /// <summary>Share of the images held out that it tells right.</summary>
    public required double Accuracy { get; init; }
}
