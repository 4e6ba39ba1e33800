using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

public sealed class StoreTests : IDisposable
{
    private const int Images = 600; // more than minibatch discrimination is fitted to, so that a part is left

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_training_killed_while_it_builds_its_store_and_one_that_reads_it_end_in_the_bytes_of_one_without()
    {
        string data = await _folder.ImagesAsync(Images, 16);
        RunFiles without = await TrainAsync("without", [.. Start("without"), "--set", "store=off"]);
        Assert.False(Directory.Exists(StorePlan.FolderIn(_folder["without"])));

        // Killed when a part is there, and continued.
        string[] start = Start("with");
        using (TrainingProcess killed = TrainingProcess.Start(start))
        {
            await killed.AwaitLineAsync("tick ");
            while (Stored("with") is 0)
                await Task.Delay(1, TestContext.Current.CancellationToken);
            killed.Kill();
            await killed.EndAsync();
        }
        Assert.InRange(Stored("with"), 1, Images - 1);
        RunFiles with = await TrainAsync("with", ["train", "--resume", TinyTraining.Find(_folder["with"])!]);
        with.AssertSameAs(without);
        Assert.Equal(Images, Stored("with"));

        // The next one decodes nothing: what is no longer an image is not missed. Every ninth or tenth was looked at before it began.
        for (int i = 0; i < Images; i++)
        {
            if (!Enumerable.Range(0, 64).Any(look => look * Images / 64 == i))
                Spoil(Path.Combine(data, $"{i:D4}.png"));
        }
        Directory.Delete(TinyTraining.Find(_folder["with"])!, recursive: true);
        RunFiles read = await TrainAsync("with", start);
        read.AssertSameAs(without);
        Assert.DoesNotContain(read.Lines("events.jsonl"), e => (string?)e["event"] is "image_skipped" or "store_degraded");

        // Minibatch discrimination is fitted to 500 images before the first step.
        string[] Start(string runs) => [.. TinyTraining.Start(data, _folder[runs]), "--set", "discrimination_kernels=2"];
    }

    [Fact]
    public async Task Metrics_are_the_same_and_decode_nothing_where_a_training_left_a_store()
    {
        string data = await _folder.ImagesAsync(80, 16), runs = _folder["runs"];
        var (code, output, error) = await CommandLine.RunAsync([.. TinyTraining.Start(data, runs), "--set", "keep_checkpoints=1", "--set", "metrics=swd"]);
        Assert.True(code == 0, error + output);
        string run = TinyTraining.Find(runs)!, away = _folder["away"];
        Assert.Equal(80, Stored("runs"));
        string measured = (await File.ReadAllLinesAsync(Path.Combine(run, "metric-swd.jsonl"), TestContext.Current.CancellationToken))[^1];

        string with = await EvaluateAsync("with");
        Assert.Contains("from their pyramid store", error, StringComparison.Ordinal);
        Directory.Move(StorePlan.FolderIn(runs), away);
        Assert.Equal(with, await EvaluateAsync("without"));
        Assert.DoesNotContain("pyramid store", error, StringComparison.Ordinal);
        Assert.Equal((double)JsonNode.Parse(measured)!["swd"]!, (double)JsonNode.Parse(with)!["swd"]!["value"]!);

        // What is no longer an image is not missed, by a training that goes on either.
        Directory.Move(away, StorePlan.FolderIn(runs));
        foreach (string file in Directory.EnumerateFiles(data))
            Spoil(file);
        Assert.Equal(with, await EvaluateAsync("spoilt"));
        (code, output, error) = await CommandLine.RunAsync("train", "--resume", run, "--total-kimg", "1.04");
        Assert.True(code == 0, error + output);

        async Task<string> EvaluateAsync(string name)
        {
            Directory.Delete(MetricList.StatisticsFolder(run), recursive: true);
            (code, output, error) = await CommandLine.RunAsync("evaluate", run, "--metrics", "swd", "--images", "80", "--neighbours", _folder[name + ".png"], "--json");
            Assert.True(code == 0, error);
            Assert.Equal(await File.ReadAllBytesAsync(_folder["with.png"]), await File.ReadAllBytesAsync(_folder[name + ".png"]));
            return JsonNode.Parse(output)!["evaluated"]!.AsArray()[^1]!["metrics"]!.ToJsonString();
        }
    }

    [Fact]
    public async Task Parts_of_labelled_images_come_from_a_store_of_the_whole()
    {
        string data = await _folder.ImagesAsync(40, 8, classes: 2);
        PipelineOptions options = new() { Resolution = 8 };
        using LabelledData labelled = LabelledData.Open(data, heldOut: null, seed: 1);
        string decoded = await HashAsync(labelled.Training, options, null, 8);
        using (PyramidStore store = StoreFolder.Open(StorePlan.FolderIn(_folder["runs"]), labelled.Source, options, _ => Assert.Fail()))
        {
            while (store.Images < 40)
                await HashAsync(labelled.Source, options, store, 8);
        }
        Assert.Equal((0, 0), (labelled.TrainingStored, labelled.HeldOutStored));
        labelled.TakeFrom(source => StorePlan.Find(_folder["runs"], source, options, _ => Assert.Fail()));
        Assert.Equal((36, 4), (labelled.TrainingStored, labelled.HeldOutStored));
        foreach (string file in Directory.EnumerateFiles(data, "*.png", SearchOption.AllDirectories))
            Spoil(file);
        Assert.Equal(decoded, await HashAsync(labelled.Training, options, null, 8));
        Assert.Equal(4, labelled.HeldOut.Count);
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_the_store_and_not_the_batches()
    {
        var (disk, reason) = await SmallDisk.MountAsync(Directory.CreateDirectory(_folder["disk"]).FullName);
        Assert.SkipWhen(disk is null, reason);
        using (disk)
        {
            using IImageSource source = Datasets.Open(await _folder.ImagesAsync(100, 64));
            PipelineOptions options = new() { Readers = 2, Mirror = true };
            List<string> told = [];
            using PyramidStore store = StoreFolder.Open(Path.Combine(disk!.Root, "x"), source, options, told.Add);
            store.Degraded += told.Add;
            Assert.Equal(await HashAsync(source, options, null), await HashAsync(source, options, store));
            Assert.Contains("is written no longer: ", Assert.Single(told), StringComparison.Ordinal);
            Assert.InRange(store.Images, 20, 63);

            // What got there is sound.
            Assert.Equal(await HashAsync(source, options, null), await HashAsync(source, options, store));
            Assert.Single(told);
        }
    }

    [Fact]
    public async Task A_store_is_made_where_it_saves_decoding_within_its_limit_and_with_room()
    {
        string data = await _folder.ImagesAsync(20, 16);
        using IImageSource images = Datasets.Open(data);
        RunOptions options = new() { Resolution = 16 };
        StorePlan plan = StorePlan.Of(options, options.ToTrainerOptions(0), images, _folder["runs"]);
        Assert.StartsWith($"pyramid store: 20 images, 2", plan.Hint, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder["runs"], ".pyramids"), plan.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));

        Assert.Equal(new StorePlan(null, null), Of(images, options with { Store = StoreMode.Off }));
        using IImageSource raw = Datasets.Open(TinyTraining.WriteData(_folder.Path));
        Assert.Equal(new StorePlan(null, null), Of(raw, options));
        using Endless endless = new();
        StorePlan capped = Of(endless, options with { Resolution = 1024 }), full = Of(endless, options with { Resolution = 1024, StoreMaxMib = int.MaxValue });
        Assert.Contains("store_max_mib is 32768", capped.Hint, StringComparison.Ordinal);
        Assert.Contains(" free", full.Hint, StringComparison.Ordinal);
        Assert.All([capped, full], p => Assert.StartsWith("no pyramid store: 400000000 images, ", p.Hint, StringComparison.Ordinal));
        Assert.All([capped, full], p => Assert.Null(p.Open(endless, new PipelineOptions(), _ => Assert.Fail())));

        // What stands in its way is told.
        await File.WriteAllTextAsync(_folder["runs"], "a file", TestContext.Current.CancellationToken);
        List<string> told = [];
        Assert.Null(plan.Open(images, options.ToPipelineOptions(), told.Add));
        Assert.StartsWith("no pyramid store: ", Assert.Single(told), StringComparison.Ordinal);

        StorePlan Of(IImageSource source, RunOptions o) => StorePlan.Of(o, o.ToTrainerOptions(0), source, _folder["runs"]);
    }

    private int Stored(string runs) => Directory.Exists(StorePlan.FolderIn(_folder[runs]))
        ? Directory.GetFiles(StorePlan.FolderIn(_folder[runs]), "*.store").Sum(PyramidStore.ImagesIn) : 0;

    private async Task<RunFiles> TrainAsync(string runs, string[] args)
    {
        using TrainingProcess training = TrainingProcess.Start(args);
        var (exit, error) = await training.EndAsync();
        Assert.True(exit == ExitCodes.Done, error + training.Output);
        return new RunFiles(TinyTraining.Find(_folder[runs])!);
    }

    /// <summary>Other bytes of the same number and the same time.</summary>
    private static void Spoil(string path)
    {
        DateTime written = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
        File.SetLastWriteTimeUtc(path, written);
    }

    /// <summary>Two epochs of batches.</summary>
    private static async Task<string> HashAsync(IImageSource source, PipelineOptions options, PyramidStore? store, int resolution = 64)
    {
        using PipelineContext context = new(store is null ? source : new StoredSource(source, store), options, new BatchSelector(resolution, 10, 0), null, isExported: false);
        using PipelineChannels channels = new(context);
        Channel<ImageBatch> output = PipelineChannels.CreateBatchChannel(options);
        using CancellationTokenSource stop = new();
        Task[] stages =
        [
            new ReaderStage(context, channels, 0).RunAsync(stop.Token), new ReaderStage(context, channels, 1).RunAsync(stop.Token),
            new DownsampleStage(context, channels, 0).RunAsync(stop.Token), new BatchStage(context, channels, output.Writer).RunAsync(stop.Token),
        ];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < 20; i++)
        {
            using ImageBatch batch = await output.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
            hash.AppendData(batch.Pixels);
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(stages));
        while (output.Reader.TryRead(out ImageBatch? left))
            left.Dispose();
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>More images than any disk holds.</summary>
    private sealed class Endless : IImageSource
    {
        public string Description => "endless";

        public int Count => 400_000_000;

        public IReadOnlyList<string> ClassNames => [];

        public int LabelSize => 0;

        public string Digest { get; } = new('0', 64);

        public string NameOf(int index) => $"{index}";

        public void CopyLabel(int index, Span<float> label)
        {
        }

        public ValueTask<PixelBuffer> ReadAsync(int index, CancellationToken cancellationToken) => throw new BadImageException();

        public void Dispose()
        {
        }
    }
}
