using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Pggan.Host;

/// <summary>The token of a run, or of a folder of runs: 32 random bytes as base64url, in a file that its owner alone can read.</summary>
internal static class TokenFile
{
    /// <summary>Name of the file.</summary>
    public const string FileName = ".token";

    private const int Bytes = 32;

    /// <summary>Characters of a token.</summary>
    private static readonly int Letters = Base64Url.GetEncodedLength(Bytes);

    /// <summary>
    /// The token of a folder. A file that is damaged, or that others could have read, is replaced by a new one; where none can be kept, the token
    /// holds for this process.
    /// </summary>
    /// <param name="folder">Of the run, or of the runs.</param>
    /// <param name="unkept">Why the token can't be kept, or null.</param>
    public static string Of(string folder, out string? unkept)
    {
        unkept = null;
        string path = Path.Combine(folder, FileName);
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        try
        {
            if (Read(path) is { } kept)
                return kept;
            OwnerOnlyFile.Write(path, Encoding.ASCII.GetBytes(token));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unkept = e.Message;
        }
        return token;
    }

    private static string? Read(string path)
    {
        if (!File.Exists(path) || !OwnerOnlyFile.IsPrivate(path) || new FileInfo(path).Length != Letters)
            return null;
        byte[] text = File.ReadAllBytes(path);
        return Base64Url.IsValid(text, out int length) && length == Bytes ? Encoding.ASCII.GetString(text) : null;
    }
}
