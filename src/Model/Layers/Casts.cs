using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Mixed precision as in the reference (networks.py, dtype): features carry the type that is computed with. Networks narrow what enters and widen what
/// leaves, a layer casts its weight to its input's type, and what needs digits or range is widened and cast back. Where the types are the same
/// already a tensor is returned itself, so that nothing is cast in fp32.
/// </summary>
internal static class Casts
{
    /// <summary>The type of features.</summary>
    public static ScalarType TypeOf(Precision precision) => precision switch
    {
        Precision.Fp16 => ScalarType.Float16,
        Precision.Bf16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };

    /// <summary>What enters a network, in the type of its features. In fp32 they keep the type that it has, which tests make double.</summary>
    public static Tensor Narrowed(this Tensor x, Precision precision) => precision == Precision.Fp32 ? x : x.to(TypeOf(precision));

    /// <summary>x in 32 bits at least.</summary>
    public static Tensor Widened(this Tensor x) => x.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;

    /// <summary>x in the type of other features.</summary>
    public static Tensor Like(this Tensor x, Tensor features) => x.dtype == features.dtype ? x : x.to(features.dtype);

    /// <summary>The same of a tensor made for this alone, which is freed where another takes its place.</summary>
    public static Tensor TurnedInto(this Tensor made, Tensor features)
    {
        Tensor cast = made.Like(features);
        if (!ReferenceEquals(cast, made))
            made.Dispose();
        return cast;
    }
}
