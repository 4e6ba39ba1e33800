using System.Text.RegularExpressions;

namespace Pggan.Host;

/// <summary>Tells the name of a new folder from that of a file whose kind a command does not write.</summary>
internal static partial class FolderName
{
    /// <summary>
    /// The ending that makes a name a file's, as in <c>images.jpg</c>. Null of a folder's: it is there, has a separator at its end, or an ending that is
    /// no word, as in <c>psi0.5</c>.
    /// </summary>
    public static string? FileEnding(string path) => !Directory.Exists(path) && Ending().Match(path) is { Success: true } ending ? ending.Value : null;

    [GeneratedRegex(@"(?<=[^./\\])\.[A-Za-z]([A-Za-z]+|p4)\z")]
    private static partial Regex Ending();
}
