using System.Buffers.Binary;
using System.Text;
using Pggan.Model;

namespace Pggan.Host.Tests;

/// <summary>Networks of 8 pixels that have not learnt anything, and files that look like those of networks.</summary>
internal static class TinyNetworks
{
    private static readonly Lazy<Checkpoint> Captured = new(() =>
    {
        using ProgressiveTrainer trainer = new(Options(0), null);
        return trainer.Capture(0, "digest");
    });

    public static Checkpoint Checkpoint => Captured.Value;

    /// <summary>A file of G, D and the average of G.</summary>
    public static byte[] Whole() => Written(path => NetworkFile.Write(path, NetworkSnapshot.Of(Checkpoint), CancellationToken.None));

    /// <summary>A generator's file.</summary>
    public static byte[] File(int classes, params string[] names) => Written(path =>
    {
        using ProgressiveTrainer trainer = new(Options(classes), classes == 0 ? null : new LabelTable(1, classes, (_, label) => label.Clear()) { Names = names });
        NetworkFile.Write(path, trainer.CaptureGenerator());
    });

    private static byte[] Written(Action<string> write)
    {
        string path = Path.Combine(Path.GetTempPath(), $"pggan-{Guid.NewGuid():N}.safetensors");
        try
        {
            write(path);
            return System.IO.File.ReadAllBytes(path);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    /// <summary>A safetensors file of any header and any announced length of it.</summary>
    public static byte[] Safetensors(string header, byte[] data, ulong? announced = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, announced ?? (ulong)text.Length);
        return [.. length, .. text, .. data];
    }

    private static TrainerOptions Options(int classes) => new()
    {
        Architecture = new NetworkArchitecture { Resolution = 8, FmapBase = 32, FmapMax = 4, LatentSize = 4, LabelSize = classes },
        Schedule = new GrowthScheduleOptions { Resolution = 8, TrainKimg = 0.1, FadeKimg = 0.1, TotalKimg = 1 },
    };
}
