using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Pggan.Host;

/// <summary>Sequences whose next items are made while the last ones are worked on.</summary>
internal static class Ahead
{
    /// <summary>The items of a sequence, which is run through on a thread of its own; a fault of it is thrown behind the items before it.</summary>
    /// <param name="items">Makes each item when it is asked for.</param>
    /// <param name="most">Items that wait at most.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> items, int most)
    {
        using BlockingCollection<T> waiting = new(most);
        using CancellationTokenSource left = new();
        ExceptionDispatchInfo? fault = null;
        Thread maker = new(Make) { IsBackground = true, Name = "ahead" };
        maker.Start();
        try
        {
            foreach (T item in waiting.GetConsumingEnumerable())
                yield return item;
            fault?.Throw();
        }
        finally
        {
            left.Cancel();
            maker.Join();
        }

        void Make()
        {
            try
            {
                foreach (T item in items)
                    waiting.Add(item, left.Token);
            }
            catch (Exception e)
            {
                fault = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                waiting.CompleteAdding();
            }
        }
    }
}
