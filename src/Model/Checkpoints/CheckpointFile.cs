using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Pggan.Model;

/// <summary>
/// A checkpoint as a folder: <c>state.safetensors</c> with every tensor and <c>manifest.json</c> with everything else, each protected by a
/// SHA-256. The folder is complete or absent, never half.
/// </summary>
public static class CheckpointFile
{
    /// <summary>Version of the format that this program writes, and the newest that it reads.</summary>
    public const int FormatVersion = 4;

    /// <summary>Name of the file with the tensors.</summary>
    public const string StateName = "state.safetensors";

    /// <summary>Name of the file with all that is not a tensor.</summary>
    public const string ManifestName = "manifest.json";

    private const int MostManifestBytes = 1 << 26; // names of a million classes

    /// <summary>How records become JSON in our files. Nothing unknown is passed over: it would make another network of the same weights.</summary>
    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        NewLine = "\n",
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private sealed record Manifest(int FormatVersion, long StateBytes, string StateSha256, TrainingState State);

    /// <summary>Writes a checkpoint aside, flushes it to the disk and renames it.</summary>
    /// <param name="folder">Where to; must not exist.</param>
    /// <param name="checkpoint">What to write.</param>
    /// <exception cref="IOException">It can't be written; nothing of it is left under its name.</exception>
    public static void Write(string folder, Checkpoint checkpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (Path.Exists(folder))
            throw new IOException($"{folder} exists already");
        Durable.CreateFolder(folder, aside =>
        {
            (long bytes, string sha256) = WriteState(Path.Combine(aside, StateName), checkpoint.Tensors);
            WriteManifest(Path.Combine(aside, ManifestName), new Manifest(FormatVersion, bytes, sha256, checkpoint.State));
        });
    }

    /// <summary>Reads a checkpoint and verifies every byte of it.</summary>
    /// <exception cref="CheckpointDamagedException">It is incomplete, altered, or written by a newer program; the message names the file.</exception>
    public static Checkpoint Read(string folder)
    {
        using SafetensorsFile file = OpenVerified(folder, out TrainingState state);
        try
        {
            return new Checkpoint(state, file.Tensors.ToDictionary(t => t.Name, t => file.Read(t.Name)));
        }
        catch (IOException e)
        {
            throw new CheckpointDamagedException($"{Path.Combine(folder, StateName)} can't be read: {e.Message}", e);
        }
    }

    /// <summary>All of a checkpoint that is not a tensor; its tensors are not looked at.</summary>
    /// <exception cref="CheckpointDamagedException">The manifest is missing, altered, or written by a newer program.</exception>
    public static TrainingState ReadState(string folder) => ReadManifest(folder).State;

    /// <summary>Verifies every byte of a checkpoint like <see cref="Read"/>, but takes no memory for its tensors.</summary>
    /// <returns>All of it that is not a tensor.</returns>
    /// <exception cref="CheckpointDamagedException">As <see cref="Read"/>.</exception>
    internal static TrainingState Verify(string folder)
    {
        using SafetensorsFile file = OpenVerified(folder, out TrainingState state);
        return state;
    }

    private static SafetensorsFile OpenVerified(string folder, out TrainingState state)
    {
        Manifest manifest = ReadManifest(folder);
        state = manifest.State;
        string path = Path.Combine(folder, StateName);
        FileStream stream = OpenFile(path);
        try
        {
            if (stream.Length != manifest.StateBytes)
                throw new CheckpointDamagedException(
                    $"{path} has {stream.Length} bytes and should have {manifest.StateBytes}: it was cut off or altered");
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != manifest.StateSha256)
                throw new CheckpointDamagedException($"{path} does not have the SHA-256 that it was written with: its bytes were altered");
            SafetensorsFile file = Safetensors.Open(stream);
            if (state.LabelNames is { } names && (names.Count != state.Architecture.LabelSize || names.Contains(null!)))
                throw new InvalidDataException($"its names of labels are not those of {state.Architecture.LabelSize} classes");
            return TensorShapes.Fault(state, file.Tensors) is { } fault ? throw new InvalidDataException(fault) : file;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            stream.Dispose();
            throw new CheckpointDamagedException($"{path}: {e.Message}", e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static (long Bytes, string Sha256) WriteState(string path, IReadOnlyDictionary<string, HostTensor> tensors)
    {
        long bytes = 0;
        using SHA256 sha256 = SHA256.Create();
        Durable.Create(path, file =>
        {
            using (CryptoStream hashed = new(file, sha256, CryptoStreamMode.Write, leaveOpen: true))
                Safetensors.Write(hashed, tensors, metadata: null);
            bytes = file.Length;
        });
        return (bytes, Convert.ToHexStringLower(sha256.Hash!));
    }

    private static void WriteManifest(string path, Manifest manifest)
    {
        // The outer object protects the inner one: the hash is over its text as it stands in the file.
        byte[] inner = JsonSerializer.SerializeToUtf8Bytes(manifest, Json);
        Durable.Create(path, file =>
        {
            file.Write(Encoding.UTF8.GetBytes($"{{\n\"sha256\": \"{Hash(inner)}\",\n\"manifest\": "));
            file.Write(inner);
            file.Write("\n}\n"u8);
        });
    }

    private static Manifest ReadManifest(string folder)
    {
        string path = Path.Combine(folder, ManifestName);
        byte[] text;
        using (FileStream stream = OpenFile(path))
        {
            if (stream.Length > MostManifestBytes)
                throw new CheckpointDamagedException($"{path} has {stream.Length} bytes, more than any manifest");
            text = new byte[stream.Length];
            try
            {
                stream.ReadExactly(text);
            }
            catch (IOException e)
            {
                throw new CheckpointDamagedException($"{path} can't be read: {e.Message}", e);
            }
        }
        if (!Utf8.IsValid(text))
            throw new CheckpointDamagedException($"{path} is no UTF-8 text: it was altered");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement inner = document.RootElement.GetProperty("manifest");
            if (Hash(Encoding.UTF8.GetBytes(inner.GetRawText())) != document.RootElement.GetProperty("sha256").GetString())
                throw new CheckpointDamagedException($"{path} does not have the SHA-256 that it was written with: its text was altered");
            int version = inner.GetProperty("format_version").GetInt32();
            if (version > FormatVersion)
                throw new CheckpointDamagedException(
                    $"{path} has format {version}: it was written by a newer program than this one, which reads up to {FormatVersion}");
            return inner.Deserialize<Manifest>(Json) ?? throw new JsonException("the manifest is null");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CheckpointDamagedException($"{path} is no manifest: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointDamagedException($"{path} is missing", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whatever keeps it from being read, an older checkpoint may do.
            throw new CheckpointDamagedException($"{path} can't be read: {e.Message}", e);
        }
    }

    private static string Hash(byte[] text) => Convert.ToHexStringLower(SHA256.HashData(text));
}
