using Pggan.Model;

namespace Pggan.Host;

/// <summary>Reads networks by what a user names, with errors that a user can act on.</summary>
internal static class NetworkFiles
{
    private const string TheNetwork = "The network";

    /// <summary>Where the networks lie that a user names: a path, or the number or the name of a run.</summary>
    /// <param name="option">That names them.</param>
    /// <param name="named">As typed.</param>
    /// <param name="runs">Folder of the runs; null = the usual one.</param>
    /// <exception cref="UserException">There is nothing, or a run without a checkpoint.</exception>
    public static string Find(string option, string named, string? runs = null)
    {
        runs ??= new RunOptions().Out;
        string found = Path.Exists(named) ? named
            : RunDirectory.Known(runs, named)
            ?? throw new UserException($"{option}: there is no file or folder {named}, and no run of this number or name in {Path.GetFullPath(runs)}.{RunDirectory.Hint(runs, named)}");
        return !RunDirectory.IsRun(found) || RunDirectory.HasCheckpoints(found) ? found
            : throw new UserException($"{option}: the run {Path.GetFileName(Path.TrimEndingDirectorySeparator(found))} has no checkpoint yet; while it trains, 'pggan checkpoint' makes one.");
    }

    /// <summary>A generator from a checkpoint's folder, a run (its newest), a safetensors file or a network of another program.</summary>
    public static GeneratorSnapshot ReadGenerator(string path, bool raw) => Read(path, () => NetworkFile.Read(path, raw), Named(raw));

    /// <summary>All networks that are at such a place.</summary>
    /// <param name="path">Of them.</param>
    /// <param name="what">That can't be read, as a message names it.</param>
    public static NetworkSnapshot ReadAll(string path, string what = TheNetwork) => Read(path, () => NetworkFile.ReadAll(path), what);

    /// <summary>The generator of networks that were read from such a place.</summary>
    public static GeneratorSnapshot GeneratorOf(NetworkSnapshot networks, string path, bool raw) => Read(path, () => networks.Generator(raw), Named(raw));

    /// <summary>A network of another program.</summary>
    public static NetworkSnapshot ReadForeign(string path) => Read(path, () => ForeignNetwork.Read(path));

    private static string Named(bool raw) => raw ? "--raw: the network" : TheNetwork;

    private static T Read<T>(string path, Func<T> read, string what = TheNetwork)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CheckpointDamagedException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{what} can't be read: {e.Message.TrimEnd('.')}. ({path})", ExitCodes.Usage, e);
        }
    }
}
