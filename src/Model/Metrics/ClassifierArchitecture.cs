using System.Numerics;

namespace Pggan.Model;

/// <summary>What a classifier is built from.</summary>
public sealed record ClassifierArchitecture
{
    /// <summary>Side of the images in pixels that the network sees, a power of two from 8 to 256; others are resized to it.</summary>
    public int Resolution { get; init; } = 32;

    /// <summary>1 (grey) or 3 (RGB); images of the other kind are converted.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Feature maps of the first convolution; the next has twice as many, all further ones four times.</summary>
    public int FirstMaps { get; init; } = 32;

    /// <summary>Numbers that describe an image.</summary>
    public int Features { get; init; } = 128;

    /// <summary>Classes that are told apart.</summary>
    public int Classes { get; init; } = 2;

    /// <summary>Strided convolutions from the resolution down to 4x4.</summary>
    internal int Halvings => BitOperations.Log2((uint)Resolution) - 2;

    /// <summary>Feature maps after so many halvings.</summary>
    internal int MapsAfter(int halvings) => halvings == 0 ? Channels : FirstMaps << Math.Min(halvings - 1, 2);

    /// <summary>Checks every number.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(BitOperations.IsPow2(Resolution) && Resolution is >= 8 and <= 256, $"resolution {Resolution} must be a power of two from 8 to 256");
        Require(Channels is 1 or 3, $"{Channels} channels: an image has 1 or 3");
        Require(FirstMaps is >= 1 and <= 1024, $"first maps {FirstMaps} must be from 1 to 1024");
        Require(Features is >= 1 and <= 4096, $"features {Features} must be from 1 to 4096");
        Require(Classes is >= 2 and <= 65536, $"{Classes} classes: a classifier tells 2 to 65536 apart");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
