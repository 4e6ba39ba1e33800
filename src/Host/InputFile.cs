namespace Pggan.Host;

/// <summary>Files that a command reads.</summary>
internal static class InputFile
{
    /// <summary>Fails where there is nothing of this name. Whether it can be read, and holds what it should, is found out by whoever reads it.</summary>
    /// <param name="option">That names it.</param>
    /// <param name="path">As typed.</param>
    /// <exception cref="UserException">There is nothing.</exception>
    public static void Require(string option, string path)
    {
        if (!Path.Exists(path))
            throw new UserException($"{option}: there is no file {path}.");
    }
}
