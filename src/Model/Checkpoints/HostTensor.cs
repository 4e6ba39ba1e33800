using System.Runtime.InteropServices;
using TorchSharp;

namespace Pggan.Model;

/// <summary>A float tensor copied into host memory, in row-major order.</summary>
/// <param name="Shape">Sizes of its axes.</param>
/// <param name="Data">As many numbers as the shape has places.</param>
public sealed record HostTensor(long[] Shape, float[] Data)
{
    /// <summary>Copies a tensor of any device.</summary>
    internal static HostTensor From(torch.Tensor tensor)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return new HostTensor([.. tensor.shape], tensor.detach().to(torch.float32).cpu().contiguous().data<float>().ToArray());
    }

    /// <summary>The numbers of a contiguous float tensor of the CPU themselves, in row-major order; valid as long as the tensor.</summary>
    internal static Span<float> NumbersOf(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>The same numbers with the axes in another order, and the last two mirrored where told.</summary>
    internal HostTensor Permuted(long[] axes, bool mirrored = false)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor permuted = torch.tensor(Data, Shape).permute(axes);
        return From(mirrored ? permuted.flip(axes.Length - 2, axes.Length - 1) : permuted);
    }

    /// <summary>Writes the numbers into a tensor of the same shape.</summary>
    internal void CopyTo(torch.Tensor tensor)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        tensor.copy_(torch.tensor(Data, Shape));
    }
}
