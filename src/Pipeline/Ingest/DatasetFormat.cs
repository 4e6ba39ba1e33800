namespace Pggan.Pipeline;

/// <summary>What a dataset is written as.</summary>
public enum DatasetFormat
{
    /// <summary>A zip in StyleGAN's layout.</summary>
    Zip,

    /// <summary>A folder of the official multi-resolution TFRecords.</summary>
    TfRecord,
}
