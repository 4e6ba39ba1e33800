namespace Pggan.Host;

/// <summary>Whether the images of a dataset are kept on disk at every resolution.</summary>
internal enum StoreMode
{
    /// <summary>Where that saves decoding, and the disk has clearly enough room.</summary>
    Auto,

    /// <summary>Not at all, and none is read.</summary>
    Off,
}
