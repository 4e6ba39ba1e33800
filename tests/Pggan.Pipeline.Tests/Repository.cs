using System.Buffers.Binary;
using System.Text.Json;

namespace Pggan.Pipeline.Tests;

/// <summary>Files of the repository that tests read.</summary>
internal static class Repository
{
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new DirectoryNotFoundException("the tests do not lie in the repository");
        }
    }

    public static string Portraits => Path.Combine(Root, "src", "Host", "Data", "fluent-portraits-64.zip");

    public static string Oracle => Environment.GetEnvironmentVariable("PGGAN_ORACLE") is { Length: > 0 } named ? named : Path.Combine(Root, "tests", "oracle");

    public static TheoryData<string> TfRecordFolders() => [.. Directory.GetDirectories(Oracle, "tfrecords-*").Order(StringComparer.Ordinal)];

    /// <summary>The tensors of a safetensors file, as raw bytes.</summary>
    public static Dictionary<string, byte[]> Safetensors(string path)
    {
        var file = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var json = JsonDocument.Parse(file.AsMemory(8, header));
        var tensors = new Dictionary<string, byte[]>();
        foreach (var tensor in json.RootElement.EnumerateObject().Where(tensor => tensor.Name != "__metadata__"))
        {
            var offsets = tensor.Value.GetProperty("data_offsets");
            tensors[tensor.Name] = file[(8 + header + offsets[0].GetInt32())..(8 + header + offsets[1].GetInt32())];
        }

        return tensors;
    }
}
