namespace Pggan.Model;

/// <summary>Noise that keeps D from becoming sure of itself. Its strength is 0.2 * max(d - 0.5, 0)^2, and d a running average with a memory of 0.9.</summary>
public enum DiscriminatorNoise
{
    /// <summary>None.</summary>
    Off,

    /// <summary>Multiplicative, on D's layers, as in the paper's Theano code; d is of D's mean loss, from 0 to 1.</summary>
    Gdrop,

    /// <summary>Additive, on the reals, as in nashory/pggan-pytorch; d is of D's mean score of fakes.</summary>
    Instance,
}
