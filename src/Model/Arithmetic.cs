using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Tensors and numbers. TorchSharp (0.107) makes an object of each number and hands libtorch a pointer into it without keeping it alive, so that the
/// garbage collector may free it in the middle of the call: seen as a fault inside libtorch once in hours on a busy machine, and it might as well be
/// another number. Here it lives until the call is over; TorchSharp's own operators with numbers are not used in this project.
/// </summary>
internal static class Arithmetic
{
    /// <summary>x * number.</summary>
    public static Tensor Times(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.mul(scalar);
    }

    /// <summary>x + number.</summary>
    public static Tensor Plus(this Tensor x, double number)
    {
        using Scalar scalar = number;
        return x.add(scalar);
    }

    /// <summary>x to the power of a number.</summary>
    public static Tensor Power(this Tensor x, double exponent)
    {
        using Scalar scalar = exponent;
        return x.pow(scalar);
    }

    /// <summary>max(slope * x, x), for a slope below 1.</summary>
    public static Tensor LeakyRelu(this Tensor x, double slope)
    {
        using Scalar scalar = slope;
        return x.leaky_relu(scalar);
    }

    /// <summary>log(1 + exp(x)).</summary>
    public static Tensor Softplus(this Tensor x) => x.logaddexp(zeros_like(x));
}
