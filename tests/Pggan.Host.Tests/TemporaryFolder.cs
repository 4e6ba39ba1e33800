using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pggan-host-tests-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>PNG files of synthetic shapes; with classes, each in the folder of its class.</summary>
    public async Task<string> ImagesAsync(int count, int resolution, int classes = 0)
    {
        string folder = this["images"];
        using SyntheticSource source = new(count, resolution, 3, classes, 1);
        for (int i = 0; i < count; i++)
        {
            using PixelBuffer image = await source.ReadAsync(i, CancellationToken.None);
            string inside = classes > 0 ? System.IO.Path.Combine(folder, $"class{i % classes}") : folder;
            Directory.CreateDirectory(inside);
            await File.WriteAllBytesAsync(System.IO.Path.Combine(inside, $"{i:D4}.png"), ImageCodec.EncodePng(image.Pixels, 3, resolution, resolution));
        }
        return folder;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
