using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>How many tensors of this process are alive. The count is the process's own, so what earlier tests left to the
/// garbage collector is collected before: its finalizers would else lower the count in the middle of a measurement.</summary>
internal static class LiveTensors
{
    public static long BeforeMeasuring()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
