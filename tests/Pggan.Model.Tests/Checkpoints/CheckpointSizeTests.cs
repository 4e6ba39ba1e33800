namespace Pggan.Model.Tests;

public sealed class CheckpointSizeTests
{
    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 0.5)]
    [InlineData(64, 0)]
    public void The_size_of_a_checkpoint_is_known_before_it_is_written_and_before_it_is_trained(int featureMaps, double beta1)
    {
        TrainerOptions options = new()
        {
            Architecture = new NetworkArchitecture { Resolution = 16, FmapBase = 16 * featureMaps, FmapMax = featureMaps },
            Schedule = new GrowthScheduleOptions { Resolution = 16 },
            Beta1 = beta1,
        };
        using TempFolder temp = new();
        using ProgressiveTrainer trainer = new(options, null);
        Checkpoint checkpoint = trainer.Capture(0, "digest");
        CheckpointFile.Write(temp["a"], checkpoint);

        const int block = 4096;
        long taken = block + Directory.GetFiles(temp["a"]).Sum(f => (new FileInfo(f).Length + block - 1) / block * block);
        Assert.InRange(CheckpointSize.Of(checkpoint), taken, taken * 1.2 + 2 * block);
        Assert.InRange(CheckpointSize.Of(options.Architecture, beta1) - CheckpointSize.Of(checkpoint), -block, 0); // the prefixes of names
    }

    [Fact]
    public void Free_space_is_that_of_the_file_system_a_folder_is_or_will_be_on()
    {
        using TempFolder temp = new();
        Assert.Equal(DiskSpace.FreeAt(temp.Path)!.Value, DiskSpace.FreeAt(temp["not/yet/there"])!.Value, 1e9);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Directory.Exists("/dev/shm"), "compares two file systems of Linux");
        Assert.NotEqual(new DriveInfo("/").TotalSize, new DriveInfo("/dev/shm").TotalSize);
        Assert.Equal(new DriveInfo("/dev/shm").AvailableFreeSpace, DiskSpace.FreeAt("/dev/shm/not/yet/there")!.Value, 1e9);
    }
}
