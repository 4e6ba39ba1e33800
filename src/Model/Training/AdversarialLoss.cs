namespace Pggan.Model;

/// <summary>The game that both networks play.</summary>
public enum AdversarialLoss
{
    /// <summary>Wasserstein distance with gradient penalty and drift (the paper's).</summary>
    WganGp,

    /// <summary>Least squares as in the paper's Theano code, fakes weighted 0.1, without its noise layers.</summary>
    Lsgan,

    /// <summary>Non-saturating logistic loss with a gradient penalty on reals (R1).</summary>
    Logistic,
}
