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

    /// <summary>Where patches are cut out of images, and along which directions they are compared.</summary>
    Patches = 8,

    /// <summary>Latents and labels of the samples that are measured.</summary>
    Evaluation = 9,

    /// <summary>Weights, order and distortions of a classifier's training.</summary>
    Classifier = 10,

    /// <summary>Where a walk in latent space leads.</summary>
    Walk = 11,

    /// <summary>Where a search for an image's latent begins, and its steps.</summary>
    Inversion = 12,

    /// <summary>Which images of a set a kernel distance compares at a time.</summary>
    Subsets = 13,

    /// <summary>Noise on D's layers in a discriminator step.</summary>
    DiscriminatorLayerNoise = 20,

    /// <summary>Noise on D's layers in a generator step.</summary>
    GeneratorLayerNoise = 21,

    /// <summary>Noise on the reals that D is shown.</summary>
    InstanceNoise = 22,

    /// <summary>Which labels the fakes of a discriminator step are asked for, where they are not those of the reals.</summary>
    DiscriminatorLabels = 30,
}
