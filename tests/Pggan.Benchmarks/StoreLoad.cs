using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using NetVips;
using Pggan.Pipeline;

namespace Pggan.Benchmarks;

/// <summary>
/// Batches of 16 from files of 256 pixels and from a store of them, by the clock and by the processor time that they take (a busy machine spoils the
/// first); from a store that the system has not read yet; and what a store of ten million images costs at the start.
/// </summary>
internal static partial class StoreLoad
{
    private const int Images = 2000;
    private const int Side = 256;
    private const int Minibatch = 16;
    private const int Many = 10_000_000;
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED

    private static readonly PipelineOptions Options = new() { Resolution = Side, Readers = 2, CacheBytes = 0 };

    public static async Task<int> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("pggan-store-").FullName;
        try
        {
            foreach (string kind in new[] { "jpg", "png" })
                await CompareAsync(kind, Path.Combine(folder, kind));
            await StartAsync(Path.Combine(folder, "many.store"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string kind, string folder)
    {
        WriteImages(kind, folder);
        using IImageSource source = ImageSources.Open(folder);
        await MeasureAsync($"{Side} px, {kind} decoded", source, null, Side, Images / Minibatch);
        await MeasureAsync($"4 px, {kind} decoded", source, null, 4, Images / Minibatch);
        string path;
        using (PyramidStore store = StoreFolder.Open(Path.Combine(folder, "stores"), source, Options, Console.WriteLine))
        {
            path = store.Path;
            await MeasureAsync($"{Side} px, {kind} decoded and written", source, store, Side, Images / Minibatch);
            while (store.Images < Images)
                await MeasureAsync($"the rest, {store.Images} images are there", source, store, Side, Images / Minibatch);
        }
        foreach (int resolution in new[] { 256, 64, 4 })
        {
            using PyramidStore store = StoreFolder.Open(Path.Combine(folder, "stores"), source, Options, Console.WriteLine);
            Forget(path);
            await MeasureAsync($"{resolution} px, store, not in memory", source, store, resolution, Images / Minibatch);
            await MeasureAsync($"{resolution} px, store", source, store, resolution, 10 * Images / Minibatch);
        }
    }

    /// <summary>A start with ten million images, each of 4 pixels and a class.</summary>
    private static async Task StartAsync(string path)
    {
        long began = Stopwatch.GetTimestamp();
        StoreAbout about = new("ten million", new string('0', 64), "", "", "", ["a", "b", "c"]);
        using (PyramidStoreWriter writer = PyramidStoreWriter.Create(path, 4, 1, Many, StoreLabels.Class, about))
        {
            using PixelBuffer image = PixelBuffer.Rent(4, 4, 1);
            image.Pixels.Fill(7);
            using ImagePyramid levels = ImagePyramid.Build(image, 4);
            for (int i = 0; i < Many; i++)
                writer.Append(i, levels, i % 3 == 0 ? [1, 0, 0] : [0, 1, 0]);
            writer.Complete();
        }
        Tell($"{Many} images written");

        Forget(path);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        began = Stopwatch.GetTimestamp();
        using IImageSource source = ImageSources.Open(path);
        Tell("not in memory: opened");
        PipelineOptions options = new() { Resolution = 4, Channels = 1, Seed = 5, Readers = 2 };
        using PipelineContext context = new(source, options, new BatchSelector(4, Minibatch, 0), null, isExported: false);
        await DeliverAsync(context, 1);
        Tell("not in memory: first batch");
        Console.WriteLine($"managed memory {(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Many:0.00} bytes an image");

        void Tell(string what) => Console.WriteLine($"{what} after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.000} s");
    }

    private static async Task MeasureAsync(string what, IImageSource source, PyramidStore? store, int resolution, int batches)
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        long began = Stopwatch.GetTimestamp();
        using (PipelineContext context = new(store is null ? source : new StoredSource(source, store), Options, new BatchSelector(resolution, Minibatch, 0), null, isExported: false))
            await DeliverAsync(context, batches);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        process.Refresh();
        double busy = (process.TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine($"{what}: {batches / seconds:0.0} batches a second, {busy / batches * 1000:0.000} ms of processor time each");
    }

    private static async Task DeliverAsync(PipelineContext context, int batches)
    {
        Channel<ImageBatch> output = PipelineChannels.CreateBatchChannel(context.Options);
        using PipelineChannels channels = new(context);
        using CancellationTokenSource stop = new();
        Task stages = Task.WhenAll(new IPipelineStage[]
        {
            new ReaderStage(context, channels, 0),
            new ReaderStage(context, channels, 1),
            new DownsampleStage(context, channels, 0),
            new BatchStage(context, channels, output.Writer),
        }.Select(stage => Task.Run(() => stage.RunAsync(stop.Token))));
        for (int i = 0; i < batches; i++)
            (await output.Reader.ReadAsync()).Dispose();
        await stop.CancelAsync();
        await stages.ContinueWith(_ => { }, TaskScheduler.Default);
        while (output.Reader.TryRead(out ImageBatch? left))
            left.Dispose();
    }

    private static void WriteImages(string kind, string folder)
    {
        Directory.CreateDirectory(folder);
        ImageCodec.Sniff([]); // sets libvips up
        for (int i = 0; i < Images; i++)
        {
            // Smooth structure with a little noise, so that neither codec has an easy game.
            using Image noise = Image.Gaussnoise(Side, Side, sigma: 8, mean: 0);
            using Image waves = Image.Sines(Side, Side, hfreq: 0.01 + i * 1e-5, vfreq: 0.02) * 100 + 128;
            using Image band = (waves + noise).Cast(Enums.BandFormat.Uchar);
            using Image image = band.Bandjoin(band.Rot90(), band.Rot180()).Copy(interpretation: Enums.Interpretation.Srgb);
            File.WriteAllBytes(Path.Combine(folder, $"{i:D5}.{kind}"), kind == "jpg" ? image.JpegsaveBuffer(q: 90) : image.PngsaveBuffer());
        }
    }

    /// <summary>Makes the system forget what it keeps of a file in memory (Linux).</summary>
    private static void Forget(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(file);
        if (OperatingSystem.IsLinux() && Advise(file, 0, 0, DontNeed) != 0)
            throw new IOException("the system does not forget");
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
