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

    [Fact]
    public void A_thread_that_computes_alone_leaves_others_their_helpers()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the GNU OpenMP alone is told");
        int usual = CpuThreads.OnItsOwn(get_num_threads);
        (int before, int after, int other) = CpuThreads.OnItsOwn(() =>
        {
            CpuThreads.Compute(usual + 3);
            int several = get_num_threads();
            CpuThreads.ComputeAlone();
            return (several, get_num_threads(), CpuThreads.OnItsOwn(get_num_threads));
        });
        Assert.Equal((usual + 3, 1, usual), (before, after, other));
    }
}
