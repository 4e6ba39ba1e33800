namespace Pggan.Host.Tests;

public sealed class SampleTests
{
    /// <summary>50,000 images of 1024 pixels in floats are 600 GB, and a short last row of a grid is held like a full one.</summary>
    [Theory]
    [InlineData(50_000, null, 3 << 20, true)]
    [InlineData(85, null, 3 << 20, false)]
    [InlineData(86, null, 3 << 20, true)]
    [InlineData(1, 113, 3 << 20, false)]
    [InlineData(1, 114, 3 << 20, true)]
    [InlineData(16, 4, 3 << 12, false)]
    public void Images_of_one_file_must_fit_into_memory(int count, int? columns, int size, bool refused)
    {
        UserException? e = (UserException?)Record.Exception(() => SampleCommand.CheckHeld(count, columns, size));
        Assert.Equal(refused, e is not null);
        if (e is not null)
            Assert.Contains("folder", e.Message, StringComparison.Ordinal);
    }
}
