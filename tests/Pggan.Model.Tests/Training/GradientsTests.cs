using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class GradientsTests
{
    [Fact]
    public void A_lack_of_memory_in_a_backward_pass_is_reported_and_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(1).requires_grad_();
        Tensor chosen = x.expand(1L << 46).index_select(0, tensor(new long[] { 0 })); // no memory; its derivative takes 256 TB
        ExternalException fault = Assert.ThrowsAny<ExternalException>(() => Gradients.Of(chosen.sum(), [x]));
        Assert.True(MemoryShortage.Is(fault), fault.Message);
        Assert.Null(x.grad);
        Assert.Equal(2, Gradients.Of((x * x).sum(), [x])[0].item<float>());
    }

    [Fact]
    public void Derivatives_have_derivatives_and_leave_no_live_tensor_behind()
    {
        Second();
        long before = LiveTensors.BeforeMeasuring();
        Second();
        Assert.Equal(before, Tensor.TotalCount);

        static void Second()
        {
            using var scope = NewDisposeScope();
            Tensor x = ones(3).requires_grad_();
            Tensor first = Gradients.Of((x * x * x).sum(), [x], differentiable: true)[0];
            Assert.Equal([3f, 3, 3], first.detach().data<float>().ToArray());
            Assert.Equal([6f, 6, 6], Gradients.Of(first.sum(), [x])[0].data<float>().ToArray());
            Assert.Null(x.grad);
        }
    }
}
