namespace Pggan.Model;

/// <summary>What a random draw is for. The numbers enter the seed, so they never change.</summary>
public enum Purpose
{
    /// <summary>Initial weights.</summary>
    Weights = 1,

    /// <summary>Latents of a discriminator step.</summary>
    DiscriminatorLatents = 2,

    /// <summary>Latents of a generator step.</summary>
    GeneratorLatents = 3,

    /// <summary>How far each image of the gradient penalty lies between a real and a fake.</summary>
    MixingFactors = 4,

    /// <summary>Which images' labels a generator step asks for.</summary>
    GeneratorLabels = 5,

    /// <summary>Latents of samples shown to people.</summary>
    Samples = 6,

    /// <summary>The seed of the noise after a rollback.</summary>
    Rollback = 7,
}
