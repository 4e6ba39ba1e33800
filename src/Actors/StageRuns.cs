using Pggan.Pipeline;

namespace Pggan.Actors;

/// <summary>
/// The runs of one pipeline stage over the lives of its actor. They follow one another: a run that is still winding down gives its positions
/// back before the next one asks for any.
/// </summary>
internal sealed class StageRuns(string name, Func<IPipelineStage> factory)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public string Name => name;

    /// <summary>Makes the stage anew and runs it after the run before has ended.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _last = NextAsync(_last, cancellationToken);
    }

    private async Task NextAsync(Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        cancellationToken.ThrowIfCancellationRequested();
        await factory().RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
