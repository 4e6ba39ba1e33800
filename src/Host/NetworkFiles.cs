using Pggan.Model;

namespace Pggan.Host;

/// <summary>Reads networks by what a user names, with errors that a user can act on.</summary>
internal static class NetworkFiles
{
    /// <summary>A generator from a checkpoint's folder, a run (its newest) or a safetensors file.</summary>
    public static GeneratorSnapshot ReadGenerator(string path, bool raw) => raw && File.Exists(path)
        ? throw new UserException($"--raw: {path} is a file and holds one generator; leave the option out, or name a checkpoint's folder or a run.")
        : Read(path, () => NetworkFile.Read(path, raw));

    /// <summary>A whole checkpoint from its own folder or a run's.</summary>
    public static Checkpoint ReadCheckpoint(string path) => Read(path, () => NetworkFile.ReadCheckpoint(path));

    /// <summary>Fails when weights can't be those of the networks to train.</summary>
    public static void CheckFits(string path, NetworkArchitecture architecture)
    {
        NetworkArchitecture has = File.Exists(path) ? ReadGenerator(path, raw: false).Architecture : ReadCheckpoint(path).State.Architecture;
        if (has != architecture)
            throw new UserException($"--init-from {path} is of another architecture: it has {has}\nand the run has {architecture}; change the options to those of the network, or take another.");
    }

    /// <summary>Gives a training the weights of a checkpoint's networks, or those of a file for its generator.</summary>
    public static void Initialize(ProgressiveTrainer trainer, string path)
    {
        if (File.Exists(path))
            trainer.InitializeFrom(ReadGenerator(path, raw: false));
        else
            trainer.InitializeFrom(ReadCheckpoint(path));
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CheckpointDamagedException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The network can't be read: {e.Message.TrimEnd('.')}. ({path})", ExitCodes.Usage, e);
        }
    }
}
