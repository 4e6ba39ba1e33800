namespace Pggan.Actors.Tests;

public sealed class PassedTicksTests
{
    [Theory]
    [InlineData(0, 63, 1, false)]
    [InlineData(0, 64, 1, true)]
    [InlineData(64, 127, 1, false)]
    [InlineData(120, 128, 1, true)]
    [InlineData(120, 128, 2, true)]
    [InlineData(184, 192, 2, false)]
    [InlineData(100, 300, 4, true)]
    [InlineData(0, 1_000_000, 0, false)]
    public void A_step_passes_a_round_count_wherever_the_run_began(long before, long after, int ticks, bool passed) =>
        Assert.Equal(passed, new PassedTicks(before, after, TickKimg: .064).Any(ticks));
}
