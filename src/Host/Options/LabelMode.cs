namespace Pggan.Host;

/// <summary>Whether the networks are told the classes of the images.</summary>
internal enum LabelMode
{
    /// <summary>Off; where the dataset has labels, the run says how to use them.</summary>
    Auto,

    /// <summary>Conditional networks.</summary>
    On,

    /// <summary>Labels are ignored.</summary>
    Off,
}
