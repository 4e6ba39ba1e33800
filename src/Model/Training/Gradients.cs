using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Differentiation that can fail. TorchSharp's <c>autograd.grad</c> lets no exception of libtorch out of native code: a lack of memory in it
/// ends the process. <c>autograd.backward</c> reports it, and leaves its results in the inputs, from where they are taken.
/// </summary>
internal static class Gradients
{
    private const int ErrorsAlone = 2;

    private static readonly Lock Warning = new();

    private static bool warned;

    /// <summary>Derivatives of a scalar by leaf tensors, in their order.</summary>
    /// <param name="scalar">Has a graph to each input; without <paramref name="differentiable"/> it is used up.</param>
    /// <param name="inputs">Leaf tensors.</param>
    /// <param name="differentiable">Keep the graph and give the derivatives one of their own.</param>
    public static Tensor[] Of(Tensor scalar, IReadOnlyList<Tensor> inputs, bool differentiable = false)
    {
        if (differentiable && !warned)
            WarnUnheard();
        try
        {
            autograd.backward([scalar], null, retain_graph: differentiable, create_graph: differentiable, [.. inputs]);
            return [.. inputs.Select(input => input.grad ?? throw new InvalidOperationException("the scalar does not depend on an input"))];
        }
        finally
        {
            // Nothing is added up from call to call, and a tensor does not keep its own graph alive.
            foreach (Tensor input in inputs)
                input.grad = null;
        }
    }

    /// <summary>
    /// libtorch warns once a process, on the terminal, that such derivatives may keep their own graph alive. Here they do not, so that once is
    /// now, with its log turned down; where its log is not found, the warning is seen.
    /// </summary>
    private static void WarnUnheard()
    {
        lock (Warning)
        {
            if (!warned)
                Warn();
            warned = true;
        }
    }

    private static void Warn()
    {
        using Tensor x = ones(1, requires_grad: true);
        using Tensor y = x * x;
        if (!NativeLibrary.TryLoad("c10", typeof(torch).Assembly, null, out nint c10)
            || !NativeLibrary.TryGetExport(c10, "FLAGS_caffe2_log_level", out nint level))
            return;
        int before = Marshal.ReadInt32(level);
        Marshal.WriteInt32(level, ErrorsAlone);
        try
        {
            autograd.backward([y], null, retain_graph: true, create_graph: true, [x]);
        }
        finally
        {
            x.grad = null;
            Marshal.WriteInt32(level, before);
        }
    }
}
