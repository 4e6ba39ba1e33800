namespace Pggan.Model;

/// <summary>The game that both networks play.</summary>
public enum AdversarialLoss
{
    /// <summary>Wasserstein distance with gradient penalty and drift (the paper's).</summary>
    WganGp,

    /// <summary>Least squares as in the paper's Theano code, reals aim at 0, fakes at 1 with a weight of 0.1, and G at 0.</summary>
    Lsgan,

    /// <summary>Non-saturating logistic loss with a gradient penalty on reals (R1).</summary>
    Logistic,

    /// <summary>Least squares as in nashory/pggan-pytorch: reals aim at 1, fakes at 0, and G at 1.</summary>
    LsganNash,

    /// <summary>Non-saturating binary cross-entropy, as in DCGAN; no penalty.</summary>
    Dcgan,
}
