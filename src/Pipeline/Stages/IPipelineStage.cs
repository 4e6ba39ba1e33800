namespace Pggan.Pipeline;

/// <summary>A loop that moves items between channels.</summary>
public interface IPipelineStage
{
    /// <summary>For messages and numbers.</summary>
    string Name { get; }

    /// <summary>
    /// Runs until cancelled or failed; it may then be run again. It does not block the caller's thread. On the way out it disposes what it
    /// holds and gives its positions back, and it never completes a channel.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task RunAsync(CancellationToken cancellationToken);
}
