namespace Pggan.Pipeline;

/// <summary>How a store keeps the label of an image.</summary>
public enum StoreLabels
{
    /// <summary>Not at all: the images have none.</summary>
    None,

    /// <summary>As the number of its class, in four bytes.</summary>
    Class,

    /// <summary>As it is, in four bytes an element.</summary>
    Vector,
}
