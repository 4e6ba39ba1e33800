namespace Pggan.Model;

/// <summary>Which image the gradient penalty differentiates by, below the final resolution.</summary>
public enum PenaltyScale
{
    /// <summary>
    /// The image repeated up to the final resolution, as the reference and its Theano predecessor do: the norm is that of the
    /// stage's own image divided by 2^floor(lod), so low resolutions are regularised far less.
    /// </summary>
    Official,

    /// <summary>The image of the stage's own resolution, as most ports do.</summary>
    Native,
}
