using System.Collections.Concurrent;

namespace Pggan.Model;

/// <summary>A thread that computes one thing after the other. It stays, since libtorch keeps helpers and handles for each thread that calls it.</summary>
internal sealed class Worker : IDisposable
{
    private readonly BlockingCollection<Action> pieces = [];
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">For a debugger.</param>
    /// <param name="threads">How many libtorch computes with on the CPU, this one among them.</param>
    public Worker(string name, int threads)
    {
        thread = new Thread(() => Work(threads)) { Name = name, IsBackground = true };
        thread.Start();
    }

    /// <summary>Has something computed, after what was begun before.</summary>
    /// <param name="piece">Throws nothing.</param>
    public void Begin(Action piece) => pieces.Add(piece);

    /// <summary>Ends the thread after what was begun.</summary>
    public void Dispose()
    {
        pieces.CompleteAdding();
        thread.Join();
        pieces.Dispose();
    }

    private void Work(int threads)
    {
        try
        {
            CpuThreads.Compute(threads);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            // As many threads as libtorch takes by itself will do.
        }
        foreach (Action piece in pieces.GetConsumingEnumerable())
            piece();
    }
}
