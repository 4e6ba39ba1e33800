using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using NetVips;
using Pggan.Actors;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Every parser of files that come from elsewhere.</summary>
internal static class FuzzTargets
{
    private const string Inner = "\"manifest\": ";

    /// <summary>Small limits, so that what a header alone can ask for stays below the bound of a case.</summary>
    private static readonly DecodeOptions Decode = new() { MaxPixels = 1 << 20, MaxBytes = 8 << 20 };

    private static readonly byte[] Records = TfRecords.File(2);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("safetensors", [TinyNetworks.File(0), OfAllTypes()], ReadSafetensors, e => e is InvalidDataException),
        new("network", [TinyNetworks.File(0), TinyNetworks.File(2), TinyNetworks.Whole()], ReadNetwork, e => e is InvalidDataException),
        new("official-pickle", Networks("official-*.pkl"), ReadForeign, e => e is InvalidDataException),
        new("theano-pickle", Networks("theano-*.pkl"), ReadForeign, e => e is InvalidDataException),
        new("torch-archive", [.. Networks("zoo-*.pth"), .. Networks("genforce-*.pth")], ReadForeign, e => e is InvalidDataException),
        new("manifest", [Manifest()], ReadManifest, e => e is CheckpointDamagedException, SignManifest),
        new("settings", [Utf8("""{ "checkpoint_every_ticks": 3, "checkpoint_every_minutes": 1.5, "keep_checkpoints": 7, "sample_seed": 12 }"""), Utf8("{}")], ReadSettings, e => e is InvalidDataException),
        new("options", [Utf8(OptionsDocument.Print(new RunOptions(), null)), Utf8("""{ "minibatch": { "default": 16, "8": 128 }, "loss": "lsgan", "seed": 1, /* a word */ "about": {} }""")], ReadOptions, e => e is UserException),
        new("set", [Utf8("minibatch.8=16"), Utf8("g_learning_rate=0.001"), Utf8("loss=lsgan"), Utf8("minibatch={\"default\": 4, \"8\": 8}")], Set, e => e is UserException),
        new("request-settings", [Utf8("""{ "minibatch": { "default": 16, "32": 8 }, "g_learning_rate": 0.002, "mirror": true, "sample_seed": 5 }"""), Utf8("""{ "tick_kimg": 4, "fade_kimg": { "32": 48.5 }, "checkpoint_every_minutes": 1e2 }""")], ReadSettingsRequest, e => e is RequestException),
        new("request-samples", [Utf8("""{ "count": 16, "seed": 5, "class": 2 }"""), Utf8("""{ "seeds": [1, 2, 3], "class": null }"""), []], ReadSamplesRequest, e => e is RequestException),
        new("seeds", [Utf8("0-15,99"), Utf8("1,2,3,4-9")], ReadSeeds, e => e is UserException),
        new("tfrecords", [Records, TfRecords.Of([TfRecords.Example([1, 4, 4], new byte[16]), TfRecords.Example([3, 2, 2], new byte[12])])], ReadRecords, IsBadData, SumRecords),
        new("npy", [Labels("<f4", 4), Labels("<i8", 8), Labels("|u1", 1)], ReadLabels, IsBadData),
        new("zip", [Zip(CompressionLevel.NoCompression), Zip(CompressionLevel.Optimal)], ReadZip, IsBadData),
        new("dataset-json", [Utf8("""{ "labels": [["a.png", 0], ["b/b.png", 1]], "classes": ["cat", "dog"] }"""), Utf8("""{ "labels": [["a.png", [0.5, 0.5]], ["b/b.png", [1, 0]]] }"""), Utf8("""{ "labels": null }""")], ReadJson, IsBadData),
        new("ingest-labels", [Utf8("name,hat,age\na.png,1,0.5\nb.png,\"0\",0.25\n"), Utf8("2\nSmiling Male\na.png 1 -1\nb.png -1 1\n"), Utf8("""{ "a.png": { "hair": "red" }, "b.png": { "hair": "brown" } }"""), Utf8("""{ "labels": [["a.png", [0.5, 1]], ["b.png", [1, 0]]], "classes": ["u", "v"] }""")], ReadLabelFile, IsBadData),
        new("ingest-boxes", [Utf8("name,x,y,w,h\na.png,1,2,3,4.5\nb.png,0,0,8,8\n"), Utf8("1\nimage_id x_1 y_1 width height\na.jpg 95 71 226 313\n")], ReadBoxes, IsBadData),
        new("idx", [Idx(), Zipped(Idx())], (bytes, folder) => ReadIdx(bytes, null, folder), IsBadData),
        new("idx-labels", [[0, 0, 8, 1, 0, 0, 0, 2, 3, 1], Zipped([0, 0, 8, 1, 0, 0, 0, 2, 3, 1])], (bytes, folder) => ReadIdx(Idx(), bytes, folder), IsBadData),
        new("store", [Stores.File(StoreLabels.None), Stores.File(StoreLabels.Class), Stores.File(StoreLabels.Vector), Stores.File(StoreLabels.Class, 4, new BaseSize(5, 7))], ReadStore, IsBadData, Stores.Sum),
        new("tar", [Fixture("tar/json.tar"), Fixture("tar/gnu.tar"), Fixture("tar/pax.tar")], (bytes, folder) => ReadAllAsync(new TarSource(Put(folder, "x.tar", bytes), Decode)), IsBadData, SumTar),
        new("cifar", [Fixture("cifar-10-batches-bin/data_batch_2.bin"), Fixture("cifar-10-batches-bin/test_batch.bin")], (bytes, folder) => ReadAllAsync(new CifarSource(Put(folder, "data_batch_1.bin", bytes))), IsBadData),
        new("celeba", [Fixture("celeba/list_attr_celeba.txt"), Utf8("image_id,A,B\na.png,1,-1\nb.bmp,-1,0\n")], ReadAttributes, e => e is InvalidDataException),
        new("lmdb", [Fixture("lsun_lmdb/data.mdb")], (bytes, folder) => ReadAllAsync(new LmdbSource(Put(folder, "data.mdb", bytes), Decode)), IsBadData),
        new("parquet", [Fixture("parquet/plain.parquet")], ReadParquet, IsBadData),
        new("parquet-packed", [Fixture("parquet/data/train-00000-of-00002.parquet")], ReadParquet, IsBadData),
        new("hdf5", [Fixture("hdf5/tiny.h5"), Fixture("fashiongen/tiny.h5"), Fixture("fashiongen-packed.h5")], (bytes, folder) => ReadAllAsync(new Hdf5Source(Put(folder, "x.h5", bytes), Decode)), IsBadData),
        new("svhn", [Fixture("svhn/train_32x32.mat"), Fixture("svhn/test_32x32.mat")], (bytes, folder) => ReadAllAsync(new SvhnSource(Put(folder, "x.mat", bytes))), IsBadData),
        new("bmp", [Bitmap(24), Bitmap(32), Bitmap(8)], ReadImage, IsBadData),
        new("image", [.. Pictures()], ReadImage, IsBadData),
    ];

    private static bool IsBadData(Exception e) => e is DatasetUnusableException or BadImageException;

    private static Task ReadSafetensors(byte[] bytes, string folder)
    {
        using SafetensorsFile file = Safetensors.Open(new MemoryStream(bytes));
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            file.Read(tensor.Name);
            file.ReadBytes(tensor.Name);
        }
        return Task.CompletedTask;
    }

    private static Task ReadNetwork(byte[] bytes, string folder)
    {
        NetworkFile.Read(Put(folder, "network.safetensors", bytes), raw: false);
        return Task.CompletedTask;
    }

    private static byte[][] Networks(string pattern) => [.. Directory.GetFiles(Path.Combine(Repository.Root, "tests", "networks"), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    private static Task ReadForeign(byte[] bytes, string folder)
    {
        NetworkFile.ReadAll(Put(folder, "network.pkl", bytes));
        return Task.CompletedTask;
    }

    private static Task ReadManifest(byte[] bytes, string folder)
    {
        string checkpoint = Path.Combine(folder, "checkpoint");
        if (!Directory.Exists(checkpoint))
            CheckpointFile.Write(checkpoint, TinyNetworks.Checkpoint);
        Put(checkpoint, CheckpointFile.ManifestName, bytes);
        CheckpointFile.Read(checkpoint);
        return Task.CompletedTask;
    }

    private static Task ReadSettings(byte[] bytes, string folder)
    {
        Put(folder, "settings.json", bytes);
        RunSettings.Of(new TrainingSetup
        {
            TrainerFactory = () => throw new InvalidOperationException("settings need no trainer"),
            Source = new SyntheticSource(1, 8, 3, 0, 1),
            Pipeline = new PipelineOptions(),
            RunDirectory = folder,
            Device = "cpu",
            Resume = true,
        });
        return Task.CompletedTask;
    }

    private static Task ReadOptions(byte[] bytes, string folder)
    {
        OptionsDocument.To(OptionsDocument.ReadFile(Put(folder, "options.json", bytes)));
        return Task.CompletedTask;
    }

    private static Task Set(byte[] bytes, string folder)
    {
        System.Text.Json.Nodes.JsonObject document = OptionsDocument.From(new RunOptions());
        OptionsDocument.Set(document, Encoding.UTF8.GetString(bytes));
        OptionsDocument.To(document);
        return Task.CompletedTask;
    }

    private static Task ReadSettingsRequest(byte[] bytes, string folder)
    {
        SettingsJson.Read(RequestBody.Parse(bytes));
        return Task.CompletedTask;
    }

    private static Task ReadSamplesRequest(byte[] bytes, string folder)
    {
        SamplesJson.Read(RequestBody.Parse(bytes));
        return Task.CompletedTask;
    }

    private static Task ReadSeeds(byte[] bytes, string folder)
    {
        SeedList.Parse(Encoding.UTF8.GetString(bytes));
        return Task.CompletedTask;
    }

    private static Task ReadRecords(byte[] bytes, string folder) => ReadAllAsync(new TfRecordSource(Put(folder, "x.tfrecords", bytes), Decode));

    private static Task ReadLabels(byte[] bytes, string folder)
    {
        Put(folder, "x.labels", bytes);
        return ReadAllAsync(new TfRecordSource(Put(folder, "x.tfrecords", Records), Decode));
    }

    private static Task ReadZip(byte[] bytes, string folder) => ReadAllAsync(new ZipSource(new MemoryStream(bytes), "zip", Decode, leaveOpen: false));

    private static Task ReadJson(byte[] bytes, string folder) =>
        ReadZip(InputFolder.ZipOf(("a.png", InputFolder.Png(0)), ("b/b.png", InputFolder.Png(1)), ("dataset.json", bytes)), folder);

    private static Task ReadLabelFile(byte[] bytes, string folder)
    {
        using IImageSource source = Images();
        IngestLabels.Read(Put(folder, "labels", bytes), source, []);
        return Task.CompletedTask;
    }

    private static Task ReadBoxes(byte[] bytes, string folder)
    {
        using IImageSource source = Images();
        CropBoxes.Read(Put(folder, "boxes", bytes), source);
        return Task.CompletedTask;
    }

    private static ZipSource Images() =>
        new(new MemoryStream(InputFolder.ZipOf(("a.png", InputFolder.Png(0)), ("b.png", InputFolder.Png(1)))), "images", Decode, leaveOpen: false);

    private static Task ReadIdx(byte[] images, byte[]? labels, string folder)
    {
        if (labels is not null)
            Put(folder, "x-labels-idx1-ubyte", labels);
        return ReadAllAsync(new IdxSource(Put(folder, "x-images-idx3-ubyte", images)));
    }

    private static Task ReadStore(byte[] bytes, string folder) => ReadAllAsync(new StoreSource(Put(folder, "x.store", bytes)));

    private static Task ReadImage(byte[] bytes, string folder)
    {
        ImageCodec.Decode(bytes, Decode).Dispose();
        return Task.CompletedTask;
    }

    private static Task ReadParquet(byte[] bytes, string folder) => ReadAllAsync(new ParquetSource(Put(folder, "x.parquet", bytes), Decode));

    private static Task ReadAttributes(byte[] bytes, string folder)
    {
        CelebaAttributes.Read(new MemoryStream(bytes)).TryGet("a.png", out _);
        return Task.CompletedTask;
    }

    /// <summary>Some images, as far as they can be used, and their labels.</summary>
    private static async Task ReadAllAsync(IImageSource source)
    {
        using (source)
        {
            float[] label = new float[source.LabelSize];
            for (int i = 0; i < Math.Min(source.Count, 10); i++)
            {
                source.CopyLabel(i, label);
                try
                {
                    (await source.ReadAsync(i, CancellationToken.None)).Dispose();
                }
                catch (BadImageException) when (i + 1 < source.Count)
                {
                    // The others may be good.
                }
            }
            Assert.Equal(64, source.Digest.Length);
        }
    }

    private static string Put(string folder, string name, byte[] bytes)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] OfAllTypes()
    {
        StringBuilder header = new("""{"__metadata__":{"a":"b"}""");
        int at = 0;
        foreach ((SafetensorsType type, int size) in new[] { (SafetensorsType.F64, 8), (SafetensorsType.I64, 8), (SafetensorsType.F32, 4), (SafetensorsType.I32, 4), (SafetensorsType.F16, 2), (SafetensorsType.BF16, 2), (SafetensorsType.U8, 1) })
            header.Append(System.Globalization.CultureInfo.InvariantCulture, $$""","{{type}}":{"dtype":"{{type}}","shape":[2,3],"data_offsets":[{{at}},{{at += 6 * size}}]}""");
        return TinyNetworks.Safetensors(header.Append('}').ToString(), new byte[at]);
    }

    private static byte[] Manifest()
    {
        using TemporaryFolder folder = new();
        CheckpointFile.Write(folder["checkpoint"], TinyNetworks.Checkpoint);
        return File.ReadAllBytes(Path.Combine(folder["checkpoint"], CheckpointFile.ManifestName));
    }

    private static byte[] SignManifest(byte[] manifest)
    {
        string text = Encoding.UTF8.GetString(manifest);
        int start = text.IndexOf(Inner, StringComparison.Ordinal), end = text.LastIndexOf('}');
        if (start < 0 || end < start + Inner.Length)
            return manifest;
        string inner = text[(start + Inner.Length)..end].Trim();
        return Utf8($"{{\"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(Utf8(inner)))}\", {Inner}{inner}}}");
    }

    private static byte[] SumRecords(byte[] records)
    {
        byte[] mended = [.. records];
        for (long at = 0; at + 12 <= mended.Length;)
        {
            Span<byte> header = mended.AsSpan((int)at);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], MaskedCrc.Of(header[..8]));
            if (length > (ulong)mended.Length || at + 12 + (long)length + 4 > mended.Length)
                break;
            BinaryPrimitives.WriteUInt32LittleEndian(header[(12 + (int)length)..], MaskedCrc.Of(header.Slice(12, (int)length)));
            at += 12 + (long)length + 4;
        }
        return mended;
    }

    /// <summary>Wherever a header may begin, a checksum.</summary>
    private static byte[] SumTar(byte[] tar)
    {
        byte[] mended = [.. tar];
        for (int at = 0; at + 512 <= mended.Length; at += 512)
        {
            Span<byte> header = mended.AsSpan(at, 512);
            if (!header.Slice(257, 5).SequenceEqual("ustar"u8))
                continue;
            header.Slice(148, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte value in header)
                sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0')).CopyTo(header[148..]);
        }
        return mended;
    }

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "fixtures", "datasets", name));

    private static byte[] Labels(string type, int size)
    {
        byte[] header = Utf8($"{{'descr': '{type}', 'fortran_order': False, 'shape': (2, 3), }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[6 * size]];
    }

    private static byte[] Zip(CompressionLevel level)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in new[] { ("a.png", InputFolder.Png(0)), ("b/b.bmp", Bitmap(24)), ("dataset.json", Utf8("""{ "labels": [["a.png", 0], ["b/b.bmp", 1]] }""")) })
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Idx() => [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, .. new byte[32]];

    private static byte[] Zipped(byte[] bytes)
    {
        using MemoryStream zipped = new();
        using (GZipStream zip = new(zipped, CompressionLevel.Optimal, leaveOpen: true))
            zip.Write(bytes);
        return zipped.ToArray();
    }

    private static byte[] Bitmap(int bits)
    {
        int palette = bits == 8 ? 16 : 0, stride = (4 * bits + 31) / 32 * 4;
        byte[] file = new byte[54 + palette + 4 * stride];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54 + palette);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), 4);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), 4);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), (short)bits);
        return file;
    }

    private static IEnumerable<byte[]> Pictures()
    {
        ImageCodec.Sniff([]); // sets libvips up
        foreach (string ending in new[] { ".png", ".jpg", ".webp", ".gif", ".tif" })
        {
            using Image image = Image.NewFromMemoryCopy<byte>([.. Enumerable.Range(0, 16 * 16 * 3).Select(i => (byte)(i * 3))], 16, 16, 3, Enums.BandFormat.Uchar)
                .Copy(interpretation: Enums.Interpretation.Srgb);
            yield return image.WriteToBuffer(ending);
        }
    }
}
