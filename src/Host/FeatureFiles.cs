using Pggan.Model;

namespace Pggan.Host;

/// <summary>Opens feature networks, with errors that a user can act on.</summary>
internal static class FeatureFiles
{
    /// <summary>The network of a file; the caller disposes it.</summary>
    /// <exception cref="UserException">It can't be read or is no such network.</exception>
    public static FeatureExtractor Open(string path, string device)
    {
        InputFile.Require("--features", path);
        try
        {
            return FeatureNetworks.Open(path, TorchDevice.Parse(device));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--features: {e.Message}", ExitCodes.Usage, e);
        }
    }
}
