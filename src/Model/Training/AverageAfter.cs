namespace Pggan.Model;

/// <summary>Whose step the average of G is updated after.</summary>
public enum AverageAfter
{
    /// <summary>Each of D's, before G moves, as in the reference.</summary>
    D,

    /// <summary>Each of G's, as in pytorch_GAN_zoo.</summary>
    G,
}
