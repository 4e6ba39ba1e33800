namespace Pggan.Model.Tests;

/// <summary>Files of a checkpoint torn or flipped in every region: never loaded, named, and an older one is taken.</summary>
public sealed class TornFileTests
{
    [Fact]
    public void A_flipped_bit_in_any_byte_of_a_manifest_is_detected()
    {
        using TempFolder temp = new();
        (CheckpointDirectory directory, string newest) = TwoCheckpoints(temp);
        string path = Path.Combine(newest, CheckpointFile.ManifestName);
        byte[] whole = File.ReadAllBytes(path);
        for (int offset = 0; offset < whole.Length - 2; offset++) // behind its last bracket there is but a line end
        {
            byte[] flipped = [.. whole];
            flipped[offset] ^= (byte)(1 << (offset % 8));
            AssertRefused(directory, newest, path, flipped);
        }
    }

    [Fact]
    public void Every_truncation_of_a_manifest_is_detected()
    {
        using TempFolder temp = new();
        (CheckpointDirectory directory, string newest) = TwoCheckpoints(temp);
        string path = Path.Combine(newest, CheckpointFile.ManifestName);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length - 2; length++)
            AssertRefused(directory, newest, path, whole[..length]);
    }

    /// <summary>The length of the header, the header, and the first, a middle and the last byte of each tensor.</summary>
    [Fact]
    public void Every_region_of_the_tensors_is_protected_against_flips_and_tears()
    {
        using TempFolder temp = new();
        (CheckpointDirectory directory, string newest) = TwoCheckpoints(temp);
        string path = Path.Combine(newest, CheckpointFile.StateName);
        byte[] whole = File.ReadAllBytes(path);
        List<long> offsets = [.. Enumerable.Range(0, 9)];
        long header = BitConverter.ToInt64(whole);
        for (long offset = 8; offset < 8 + header; offset += 101)
            offsets.Add(offset);
        long data = 8 + header;
        foreach (HostTensor tensor in SampleCheckpoint.At(2000).Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value))
        {
            offsets.AddRange([data, data + tensor.Data.Length * 2, data + tensor.Data.Length * 4 - 1]);
            data += tensor.Data.Length * 4;
        }
        Assert.Equal(whole.Length, data);
        foreach (long offset in offsets)
        {
            byte[] flipped = [.. whole];
            flipped[offset] ^= (byte)(1 << (int)(offset % 8));
            AssertRefused(directory, newest, path, flipped);
            AssertRefused(directory, newest, path, whole[..(int)offset]);
        }
        AssertRefused(directory, newest, path, [.. whole, 0]);
    }

    [Fact]
    public void A_pointer_to_the_newest_that_is_torn_or_wrong_misleads_nobody()
    {
        using TempFolder temp = new();
        (CheckpointDirectory directory, _) = TwoCheckpoints(temp);
        foreach (string text in new[] { "", "0000", "000001\n", "../elsewhere\n", "\0\0\0\0" })
        {
            File.WriteAllText(temp["latest"], text);
            SampleCheckpoint.AssertSame(SampleCheckpoint.At(2000), directory.Newest((folder, reason) => Assert.Fail(reason)));
        }
    }

    private static (CheckpointDirectory Directory, string Newest) TwoCheckpoints(TempFolder temp)
    {
        CheckpointDirectory directory = new(temp.Path);
        directory.Save(SampleCheckpoint.At(1000));
        return (directory, directory.Save(SampleCheckpoint.At(2000)));
    }

    private static void AssertRefused(CheckpointDirectory directory, string newest, string path, byte[] content)
    {
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, content);
        List<(string Folder, string Reason)> refused = [];
        Checkpoint? taken = directory.Newest((folder, reason) => refused.Add((folder, reason)));
        File.WriteAllBytes(path, whole);
        Assert.Equal(1000, taken?.State.Progress.Images);
        (string Folder, string Reason) named = Assert.Single(refused);
        Assert.Equal(newest, named.Folder);
        Assert.Contains(Path.GetFileName(path), named.Reason, StringComparison.Ordinal);
    }
}
