using Pggan.Model;

namespace Pggan.Host;

/// <summary>Reads networks by what a user names, with errors that a user can act on.</summary>
internal static class NetworkFiles
{
    /// <summary>A generator from a checkpoint's folder, a run (its newest), a safetensors file or a network of another program.</summary>
    public static GeneratorSnapshot ReadGenerator(string path, bool raw) => Read(path, () => NetworkFile.Read(path, raw), Named(raw));

    /// <summary>All networks that are at such a place.</summary>
    public static NetworkSnapshot ReadAll(string path) => Read(path, () => NetworkFile.ReadAll(path));

    /// <summary>The generator of networks that were read from such a place.</summary>
    public static GeneratorSnapshot GeneratorOf(NetworkSnapshot networks, string path, bool raw) => Read(path, () => networks.Generator(raw), Named(raw));

    /// <summary>A network of another program.</summary>
    public static NetworkSnapshot ReadForeign(string path) => Read(path, () => ForeignNetwork.Read(path));

    private static string Named(bool raw) => raw ? "--raw: the network" : "The network";

    private static T Read<T>(string path, Func<T> read, string what = "The network")
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
