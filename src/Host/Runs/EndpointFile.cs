using System.Text.Json;

namespace Pggan.Host;

/// <summary>RUN/endpoint.json: where a live training is talked to. Readable by its owner alone, gone when the training ends.</summary>
/// <param name="Url">Without a path: http://127.0.0.1:PORT.</param>
/// <param name="Token">What every request must show.</param>
/// <param name="Pid">The process that serves it.</param>
internal sealed record EndpointFile(string Url, string Token, int Pid)
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "endpoint.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>What a run's folder says; null when it has no such file, or one that is being written or is damaged.</summary>
    public static EndpointFile? Of(string run)
    {
        try
        {
            return JsonSerializer.Deserialize<EndpointFile>(File.ReadAllBytes(Path.Combine(run, FileName)), Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file aside, with rights of the owner alone, and renames it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string run) => OwnerOnlyFile.Write(Path.Combine(run, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>The training has ended.</summary>
    public static void Remove(string run)
    {
        try
        {
            File.Delete(Path.Combine(run, FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover names a server that no longer answers, which whoever reads it finds out.
        }
    }
}
