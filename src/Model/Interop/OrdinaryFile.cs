namespace Pggan.Model;

/// <summary>Files that a user names, opened for reading.</summary>
internal static class OrdinaryFile
{
    /// <summary>Opens one; others may read and delete it meanwhile.</summary>
    /// <exception cref="InvalidDataException">It is empty, or a pipe or device.</exception>
    /// <exception cref="IOException">It can't be read, or is not there.</exception>
    public static FileStream Open(string path)
    {
        // Opening a pipe may wait for ever. A link has a length of its own.
        FileInfo file = (FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        return !file.Exists || file.Length > 0
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
            : throw new InvalidDataException($"{path} is empty or no ordinary file");
    }
}
