using System.Diagnostics;
using System.IO.Compression;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>A folder in which the files of one mistake lie.</summary>
internal sealed class InputFolder : IDisposable
{
    private static readonly Lazy<byte[][]> Pictures = new(() => [.. Enumerable.Range(0, 20).Select(Picture)]);

    public string Path { get; } = Directory.CreateTempSubdirectory("pggan-bad-input-").FullName;

    /// <summary>Where a training would put its run.</summary>
    public string Runs => this["runs"];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>PNG files of 8 by 8 pixels, at most 20 different ones.</summary>
    public static byte[] Png(int number) => Pictures.Value[number % Pictures.Value.Length];

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A folder of 20 good images.</summary>
    public string Images(string name = "images", int count = 20)
    {
        for (int i = 0; i < count; i++)
            Write($"{name}/{i:D4}.png", Png(i));
        return this[name];
    }

    /// <summary>A zip of such entries; names may repeat.</summary>
    public string Zip(params IEnumerable<(string Name, byte[] Bytes)> entries) => Write("images.zip", ZipOf(entries));

    public static byte[] ZipOf(params IEnumerable<(string Name, byte[] Bytes)> entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>Entries of a good zip.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Entries(int count = 20) => Enumerable.Range(0, count).Select(i => ($"{i:D4}.png", Png(i)));

    /// <summary>The folder of a checkpoint of a tiny network.</summary>
    public string Checkpoint(string name = "checkpoint")
    {
        CheckpointFile.Write(this[name], TinyNetworks.Checkpoint);
        return this[name];
    }

    /// <summary>The file of a tiny generator, with a number of classes.</summary>
    public string Network(int classes = 0) => Write("network.safetensors", TinyNetworks.File(classes));

    /// <summary>What only a shell can make: pipes, names that are no text.</summary>
    public void Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", command]) { WorkingDirectory = Path })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    /// <summary>Every file and link with its size and time, and every folder; a lock comes and goes, and a folder's time with it.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal) { [Path] = "" };
        Queue<DirectoryInfo> folders = new([new DirectoryInfo(Path)]);
        while (folders.TryDequeue(out DirectoryInfo? folder))
        {
            try
            {
                foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
                {
                    found[entry.FullName] = Describe(entry);
                    if (entry is DirectoryInfo inside && entry.LinkTarget is null)
                        folders.Enqueue(inside);
                }
            }
            catch (UnauthorizedAccessException)
            {
                found[folder.FullName] = "a folder that can't be read";
            }
        }
        return found;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // .NET can't name a file whose name is no UTF-8, and what can't be read can't be deleted.
            Shell($"chmod -R u+rwX '{Path}'; rm -rf '{Path}'/*; true");
            Directory.Delete(Path, recursive: true);
        }
    }

    private static string Describe(FileSystemInfo entry)
    {
        try
        {
            if (entry is DirectoryInfo && entry.LinkTarget is null)
                return "a folder";
            return $"{(entry as FileInfo)?.Length} {entry.LastWriteTimeUtc:O} {entry.LinkTarget}";
        }
        catch (FileNotFoundException)
        {
            return "a name that is no UTF-8";
        }
    }

    private static byte[] Picture(int number) => ImageCodec.EncodePng([.. Enumerable.Range(0, 3 * 8 * 8).Select(i => (byte)(i * (number + 3)))], 3, 8, 8);
}
