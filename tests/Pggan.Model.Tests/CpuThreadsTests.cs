using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class CpuThreadsTests
{
    [Fact]
    public void Work_on_a_thread_of_its_own_gives_its_result_or_its_fault()
    {
        int here = Environment.CurrentManagedThreadId;
        Assert.NotEqual(here, CpuThreads.OnItsOwn(() => Environment.CurrentManagedThreadId));
        Assert.Equal("so", Assert.Throws<InvalidOperationException>(() => CpuThreads.OnItsOwn<int>(() => throw new InvalidOperationException("so"))).Message);
    }

    /// <summary>Each thread has a number of its own, and libtorch goes by it.</summary>
    [Fact]
    public void A_thread_that_computes_alone_leaves_others_their_helpers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the GNU OpenMP alone is told");
        int before = CpuThreads.OnItsOwn(get_num_threads);
        int alone = CpuThreads.OnItsOwn(() =>
        {
            CpuThreads.ComputeAlone();
            using (zeros(1 << 20).add_(1)) // large enough to be shared out
                return get_num_threads();
        });
        Assert.Equal(1, alone);
        Assert.Equal(before, CpuThreads.OnItsOwn(get_num_threads));
    }
}
