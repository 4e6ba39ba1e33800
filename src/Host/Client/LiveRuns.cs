using System.Net.Sockets;

namespace Pggan.Host;

/// <summary>Finds the training that a user means.</summary>
internal static class LiveRuns
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The training of an URL, of a run, or of the newest run that answers.</summary>
    /// <param name="url">As a training printed it; null = by the run.</param>
    /// <param name="run">A path, a number or a name; null = the newest that is trained.</param>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UserException">There is none.</exception>
    public static async Task<Endpoint> FindAsync(string? url, string? run, string runs, CancellationToken cancellationToken)
    {
        if (url is not null && run is not null)
            throw new UserException("--url and a run both say which training; name one of them.");
        if (url is not null)
            return Endpoint.Parse(url);
        if (run is not null)
        {
            string folder = RunDirectory.Find(runs, run);
            return Endpoint.OfRun(folder) ?? throw new UserException(RunLock.SeemsHeld(folder) ? HasNoAddress(folder) : $"Nothing trains {Path.GetFileName(folder)} at present; 'pggan train --resume {folder}' continues it.");
        }
        return await NewestAsync(runs, cancellationToken);
    }

    private static async Task<Endpoint> NewestAsync(string runs, CancellationToken cancellationToken)
    {
        string[] folders = [.. RunDirectory.NewestFirst(runs)];
        Endpoint[] known = [.. folders.Select(Endpoint.OfRun).OfType<Endpoint>()];
        foreach (Endpoint endpoint in known)
        {
            if (await AnswersAsync(endpoint.Address, cancellationToken))
                return endpoint;
        }
        string where = $"{Path.GetFullPath(runs)} ({(folders.Length == 1 ? "1 run" : $"{folders.Length} runs")})";
        throw new UserException(known.Length > 0
            ? NoLongerAnswers(known[0])
            : folders.FirstOrDefault(RunLock.SeemsHeld) is { } held
            ? HasNoAddress(held)
            : $"No training is found in {where}.\nStart one with 'pggan train', or say where it is with --out DIR, --run RUN or --url URL.");
    }

    private static string HasNoAddress(string run) =>
        $"{Path.GetFileName(run)} is being trained, but tells no address: it is just starting, and has one in a moment, or it was started with --no-dashboard and can't be reached.";

    /// <summary>What to say of a training whose server is gone.</summary>
    public static string NoLongerAnswers(Endpoint endpoint) => endpoint.Run is { } run
        ? $"The training of {endpoint.Name} no longer answers at {endpoint.Address.GetLeftPart(UriPartial.Authority)}; it was probably killed.\n'pggan train --resume {run}' continues it."
        : $"Nothing answers at {endpoint.Name}; is the training over? 'pggan status --run RUN' finds one by its run.";

    private static async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(Patience);
        try
        {
            using TcpClient socket = new();
            await socket.ConnectAsync(address.DnsSafeHost, address.Port, late.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
