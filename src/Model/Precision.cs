namespace Pggan.Model;

/// <summary>
/// The numbers that networks compute with. Weights, losses, optimizers and files are of 32 bits whatever it is, so that a checkpoint of one precision
/// goes on in another.
/// </summary>
public enum Precision
{
    /// <summary>32 bits.</summary>
    Fp32,

    /// <summary>16 bits: 3 decimal digits, up to 65504. Losses are scaled, so that gradients are neither too large nor too small for it.</summary>
    Fp16,

    /// <summary>16 bits: 2 decimal digits, with the range of 32 bits.</summary>
    Bf16,
}
