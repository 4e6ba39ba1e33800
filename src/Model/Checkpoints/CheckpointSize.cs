namespace Pggan.Model;

/// <summary>Bytes of disk that a checkpoint takes, rounded up to what file systems give.</summary>
public static class CheckpointSize
{
    /// <summary>With room for fewer checkpoints than these it is time to say so.</summary>
    public const int Comfortable = 3;

    private const int BytesPerNumber = 4;

    /// <summary>A tensor's entry in the header beside its name.</summary>
    private const int BytesPerEntry = 128;

    /// <summary>The manifest, the folder, and the blocks that files fill in part.</summary>
    private const int BytesBeside = 4 * 4096;

    /// <summary>A captured training's.</summary>
    public static long Of(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return BytesBeside + checkpoint.Tensors.Sum(t => OfTensor(t.Key, t.Value.Data.LongLength));
    }

    /// <summary>What a training of these networks will capture.</summary>
    /// <param name="architecture">The networks.</param>
    /// <param name="beta1">Adam's decay of the first moment, which is kept where this is above 0.</param>
    public static long Of(NetworkArchitecture architecture, double beta1)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        int moments = beta1 > 0 ? 2 : 1;
        return BytesBeside
            + (2 + moments) * OfParameters(TensorShapes.Generator(architecture))
            + (1 + moments) * OfParameters(TensorShapes.Discriminator(architecture));
    }

    private static long OfParameters(Dictionary<string, long[]> shapes) => shapes.Sum(s => OfTensor(s.Key, s.Value.Aggregate(1L, (a, b) => a * b)));

    private static long OfTensor(string name, long numbers) => BytesPerEntry + name.Length + numbers * BytesPerNumber;
}
