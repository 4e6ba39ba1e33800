using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pggan.Model.Tests;

public sealed class CheckpointFileTests
{
    [Fact]
    public void What_is_written_is_read_to_the_bit_and_equal_checkpoints_have_equal_bytes()
    {
        using TempFolder temp = new();
        Checkpoint checkpoint = SampleCheckpoint.At(1_234_567);
        CheckpointFile.Write(temp["a"], checkpoint);
        CheckpointFile.Write(temp["b"], CheckpointFile.Read(temp["a"]));
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(temp["b"]));
        Assert.Equal(1_234_567, CheckpointFile.ReadState(temp["a"]).Progress.Images);
        foreach (string name in new[] { CheckpointFile.StateName, CheckpointFile.ManifestName })
            Assert.Equal(File.ReadAllBytes(Path.Combine(temp["a"], name)), File.ReadAllBytes(Path.Combine(temp["b"], name)));
        Assert.Equal(["a", "b"], Directory.GetFileSystemEntries(temp.Path).Select(e => Path.GetFileName(e)).Order());
    }

    [Theory]
    [InlineData(CheckpointFile.StateName)]
    [InlineData(CheckpointFile.ManifestName)]
    public void Every_flipped_bit_is_detected_and_its_file_named(string name)
    {
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16));
        string path = Path.Combine(temp["a"], name);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(7);
        foreach (int offset in Enumerable.Range(0, 60).Select(_ => random.Next(whole.Length - 2)).Append(0))
        {
            byte[] flipped = [.. whole];
            flipped[offset] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, flipped);
            CheckpointDamagedException damaged = Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"]));
            Assert.Contains(path, damaged.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(CheckpointFile.StateName)]
    [InlineData(CheckpointFile.ManifestName)]
    public void Every_truncation_is_detected(string name)
    {
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16));
        string path = Path.Combine(temp["a"], name);
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 1, 7, 8, 9, 100, whole.Length / 2, whole.Length - 3 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"]));
        }
        File.Delete(path);
        Assert.Contains("missing", Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_named_as_such()
    {
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16));
        Rewrite(temp["a"], manifest => manifest.Replace("\"format_version\": 4", "\"format_version\": 5, \"more\": []", StringComparison.Ordinal));
        Assert.Contains("newer program", Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_format_1_is_read_as_a_run_that_never_went_back()
    {
        using TempFolder temp = new();
        Checkpoint checkpoint = SampleCheckpoint.At(16);
        CheckpointFile.Write(temp["a"], checkpoint);
        Rewrite(temp["a"], manifest => string.Join('\n', manifest.Split('\n').Where(line => !line.Contains("exploded_", StringComparison.Ordinal)
            && !line.Contains("collapsed_", StringComparison.Ordinal) && !line.Contains("rollbacks", StringComparison.Ordinal)))
            .Replace("\"format_version\": 4", "\"format_version\": 1", StringComparison.Ordinal));
        SampleCheckpoint.AssertSame(checkpoint, CheckpointFile.Read(temp["a"]));
    }

    [Fact]
    public void Tensors_that_the_architecture_lacks_or_shapes_otherwise_are_named()
    {
        AssertRefused("G/more does not belong to the architecture", t => t["G/more"] = new HostTensor([1], [0]));
        AssertRefused("D_adam/v/more does not belong", t => t["D_adam/v/more"] = new HostTensor([1], [0]));
        AssertRefused("G_ema/stem.bias is missing", t => t.Remove("G_ema/stem.bias"));
        AssertRefused("G/stem.bias is [1], and the architecture needs [4]", t => t["G/stem.bias"] = new HostTensor([1], [0]));
        AssertRefused("G_adam/v/stem.bias is [2, 2]", t => t["G_adam/v/stem.bias"] = new HostTensor([2, 2], [0, 0, 0, 0]));

        static void AssertRefused(string reason, Action<Dictionary<string, HostTensor>> change)
        {
            using TempFolder temp = new();
            Checkpoint checkpoint = SampleCheckpoint.At(16);
            Dictionary<string, HostTensor> tensors = new(checkpoint.Tensors);
            change(tensors);
            CheckpointFile.Write(temp["a"], checkpoint with { Tensors = tensors });
            CheckpointDamagedException damaged = Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"]));
            Assert.Contains(reason, damaged.Message, StringComparison.Ordinal);
            Assert.Contains(CheckpointFile.StateName, damaged.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stage_that_the_network_lacks_is_refused()
    {
        using TempFolder temp = new();
        Checkpoint checkpoint = SampleCheckpoint.At(16);
        CheckpointFile.Write(temp["a"], checkpoint with { State = checkpoint.State with { Stage = GrowthStage.Grown(16) } });
        Assert.Contains("no stage of 16 px", Assert.Throws<CheckpointDamagedException>(() => CheckpointFile.Read(temp["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_exists_is_not_written_over()
    {
        using TempFolder temp = new();
        CheckpointFile.Write(temp["a"], SampleCheckpoint.At(16));
        Assert.Throws<IOException>(() => CheckpointFile.Write(temp["a"], SampleCheckpoint.At(32)));
        SampleCheckpoint.AssertSame(SampleCheckpoint.At(16), CheckpointFile.Read(temp["a"]));
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_under_its_name()
    {
        using TempFolder temp = new();
        Checkpoint checkpoint = SampleCheckpoint.At(16);
        Dictionary<string, HostTensor> lying = new(checkpoint.Tensors) { ["G/lie"] = new HostTensor([3], [1]) };
        Assert.Throws<ArgumentException>(() => CheckpointFile.Write(temp["a"], checkpoint with { Tensors = lying }));
        Assert.Empty(Directory.GetFileSystemEntries(temp.Path));
    }

    /// <summary>Changes a manifest as a program that knows its hash would.</summary>
    private static void Rewrite(string folder, Func<string, string> change)
    {
        string path = Path.Combine(folder, CheckpointFile.ManifestName);
        string inner = change(JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("manifest").GetRawText());
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(inner)));
        File.WriteAllText(path, $"{{\"sha256\": \"{sha256}\", \"manifest\": {inner}}}");
    }
}
