namespace Pggan.Host;

/// <summary>
/// Work that may hang in a library or in a file system and leaves nothing behind: it is asked to end, and left where it is when it does not
/// hear. What must not be left has its own way to an end.
/// </summary>
internal static class Interruptible
{
    /// <summary>Between two pieces of work there is seldom more than a step of a training.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Does the work on another thread.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, whether the work heard of it or not.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        Task<T> running = Task.Run(() => work(cancellationToken), cancellationToken);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(() => cancelled.TrySetResult()))
            await Task.WhenAny(running, cancelled.Task);
        if (!running.IsCompleted)
            await Task.WhenAny(running, Task.Delay(Patience, CancellationToken.None));
        if (running.IsCompleted)
            return await running;
        throw new OperationCanceledException("the work did not hear that it was cancelled", cancellationToken);
    }

    /// <summary>The same for work that never waits.</summary>
    public static Task<T> RunAsync<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken) =>
        RunAsync(token => Task.FromResult(work(token)), cancellationToken);
}
