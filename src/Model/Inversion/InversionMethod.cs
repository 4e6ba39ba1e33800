namespace Pggan.Model;

/// <summary>How a search for a latent proceeds from its random draws.</summary>
public enum InversionMethod
{
    /// <summary>Adam from the best draws, side by side.</summary>
    Gradient,

    /// <summary>CMA-ES (Hansen) from the best draw: needs no derivatives.</summary>
    CmaEs,

    /// <summary>Nothing but draws.</summary>
    Random,
}
