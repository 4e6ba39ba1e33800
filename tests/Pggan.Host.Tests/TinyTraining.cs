using System.Buffers.Binary;

namespace Pggan.Host.Tests;

/// <summary>
/// A training of 250 steps of 4 images from 4 to 16 pixels, some seconds long, with a checkpoint every 10 steps and at each of four changes of
/// phase. All that decides its bytes is fixed.
/// </summary>
internal static class TinyTraining
{
    /// <summary>Images between two checkpoints, at most.</summary>
    public const int Interval = 40;

    public const int TotalImages = 1000;

    private const int Images = 40;
    private const int Side = 16;

    /// <summary>Command line of a new run.</summary>
    /// <param name="data">From <see cref="WriteData"/>.</param>
    /// <param name="runs">Folder of the runs.</param>
    public static string[] Start(string data, string runs) =>
    [
        "train", "--data", data, "--out", runs, "--name", "tiny", "--device", "cpu", "--labels", "off", "--resolution", "16",
        "--train-kimg", "0.2", "--fade-kimg", "0.2", "--total-kimg", "1", "--minibatch", "4", "--fmap-base", "64", "--fmap-max", "4",
        "--latent", "8", "--set", "tick_kimg=0.04", "--set", "tick_kimg.4=0.04", "--set", "tick_kimg.8=0.04", "--set", "tick_kimg.16=0.04",
        "--set", "checkpoint_every_ticks=1", "--set", "checkpoint_every_minutes=0", "--set", "keep_checkpoints=3",
        "--metrics", "none", "--set", "snapshot_every_ticks=8", "--set", "sample_rows=1", "--set", "sample_columns=4",
    ];

    /// <summary>The run that was started in a folder, or null when it was killed before it was one.</summary>
    public static string? Find(string runs) =>
        Directory.Exists(runs) ? Directory.GetDirectories(runs).SingleOrDefault(run => File.Exists(Path.Combine(run, "options.json"))) : null;

    /// <summary>Random pictures as an IDX file.</summary>
    public static string WriteData(string folder)
    {
        byte[] file = new byte[16 + Images * Side * Side];
        new Random(1).NextBytes(file);
        foreach (var (i, number) in new[] { 0x803, Images, Side, Side }.Index())
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 * i), number);
        string path = Path.Combine(folder, "noise-idx3-ubyte");
        File.WriteAllBytes(path, file);
        return path;
    }
}
