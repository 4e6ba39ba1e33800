namespace Pggan.Host.Tests;

public sealed class AheadTests
{
    [Fact]
    public void Items_come_in_order_and_no_more_are_made_than_may_wait()
    {
        int made = 0, taken = 0, most = 0;
        IEnumerable<int> items = Enumerable.Range(0, 50).Select(i =>
        {
            most = Math.Max(most, ++made - Volatile.Read(ref taken));
            return i;
        });
        List<int> seen = [];
        foreach (int item in Ahead.Of(items, 2))
        {
            seen.Add(item);
            Interlocked.Increment(ref taken);
        }
        Assert.Equal(Enumerable.Range(0, 50), seen);
        Assert.InRange(most, 1, 2 + 2); // that wait, one that is made and one that is worked on
    }

    [Fact]
    public void A_fault_comes_behind_the_items_before_it()
    {
        List<int> seen = [];
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (int item in Ahead.Of(Enumerable.Range(0, 5).Select(i => i < 3 ? i : throw new InvalidOperationException("the fourth")), 1))
                seen.Add(item);
        });
        Assert.Equal("the fourth", fault.Message);
        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public void Who_leaves_early_waits_for_the_maker_to_end()
    {
        bool ended = false;
        IEnumerable<int> Endless()
        {
            try
            {
                for (int i = 0; ; i++)
                    yield return i;
            }
            finally
            {
                ended = true;
            }
        }
        Assert.Equal([0, 1, 2], Ahead.Of(Endless(), 1).Take(3));
        Assert.True(ended);
    }
}
