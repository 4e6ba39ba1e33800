namespace Pggan.Model.Tests;

public sealed class DurableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pggan-durable-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_cancelled_write_is_gone_before_its_writer_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps a file that is open");
        using CancellationTokenSource cancelled = new();
        Assert.Throws<OperationCanceledException>(() => Durable.Replace(Path.Combine(_folder, "file"), file =>
        {
            file.WriteByte(1);
            Assert.Single(Directory.GetFiles(_folder));
            cancelled.Cancel();
            Assert.Empty(Directory.GetFiles(_folder));
            file.WriteByte(2);
        }, cancelled.Token));
        Assert.Empty(Directory.GetFiles(_folder));
    }
}
