namespace Pggan.Model;

/// <summary>What the loss of a latent is made of, before weights. A term that is not searched by is 0.</summary>
/// <param name="Pixels">Mean over the resolutions from the image's down to 4 px of the mean squared difference, images in [-1, 1].</param>
/// <param name="Features">Squared distance of the features by the squared length of the target's.</param>
/// <param name="Prior">Half the mean square of the latent; 0 where its length does not matter: an unconditional network that normalises it.</param>
/// <param name="Realism">softplus((m - D(x)) / s): how far the score is below m, the mean of random images, in their standard deviations s.</param>
public readonly record struct InversionTerms(double Pixels, double Features, double Prior, double Realism);
