using System.Buffers.Binary;
using System.IO.Compression;

namespace Pggan.Model;

/// <summary>
/// What torch.save wrote: a pickle whose tensors are views of storages, and the storages. Since torch 1.6 a zip of <c>data.pkl</c> and
/// <c>data/KEY</c>; before that pickles one after the other, then the storages.
/// </summary>
internal sealed class TorchArchive
{
    private const int MostEntries = 100_000;
    private const int MostKeyBytes = 1000;
    private const string PickleName = "/data.pkl";

    private static readonly byte[] ZipMagic = [(byte)'P', (byte)'K', 3, 4];

    /// <summary>A pickle of protocol 2 of the number 0x1950a86a20f9469cfc6c.</summary>
    private static readonly byte[] LegacyMagic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    private static readonly HashSet<string> NoGlobals = [];

    private readonly Dictionary<string, ReadOnlyMemory<byte>> storages = [];

    private TorchArchive(object? root) => Root = root;

    /// <summary>What was saved.</summary>
    public object? Root { get; private set; }

    /// <summary>True for what begins as torch.save does.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith(ZipMagic) || file.StartsWith(LegacyMagic);

    /// <summary>Reads either format.</summary>
    /// <param name="file">The file.</param>
    /// <param name="allowed">Names of the globals that may occur.</param>
    /// <exception cref="InvalidDataException">It is damaged, or holds what is not allowed.</exception>
    public static TorchArchive Read(byte[] file, IReadOnlySet<string> allowed) =>
        file.AsSpan().StartsWith(ZipMagic) ? ReadZip(file, allowed) : ReadLegacy(file, allowed);

    /// <summary>A tensor that the pickle describes.</summary>
    /// <param name="value">Of the pickle.</param>
    /// <param name="what">Its name, for errors.</param>
    /// <param name="numbers">How many numbers it must have; a storage may be named often, and is copied each time.</param>
    /// <exception cref="InvalidDataException">It is none, or reaches beyond its storage.</exception>
    public HostTensor Tensor(object? value, string what, long numbers)
    {
        (PickleCall storage, long offset, object? sizes, object? strides) = View(value, what);
        if (storage.Arguments is not ["storage", PickleGlobal type, string key, _, long, ..])
            throw PickleValues.Wrong(what, "in no storage");
        if (!storages.TryGetValue(key, out ReadOnlyMemory<byte> bytes))
            throw PickleValues.Wrong(what, $"in storage {(key.Length > 20 ? key[..20] : key)}, which is not in the file");

        // No view is larger than its storage. Its axes may lie in another order, and none has gaps.
        int size = SizeOf(type.Name);
        long[] shape = PickleValues.Shape(sizes, what);
        if (offset < 0 || PickleValues.Count(shape, bytes.Length / size) is not { } count || offset > bytes.Length / size - count)
            throw PickleValues.Wrong(what, $"[{string.Join(", ", shape)}], more than its storage of {bytes.Length} bytes");
        if (count != numbers)
            throw PickleValues.Wrong(what, $"[{string.Join(", ", shape)}], and the architecture needs {numbers} numbers");
        long[] steps = PickleValues.Shape(strides, what);
        if (steps.Length != shape.Length)
            throw PickleValues.Wrong(what, "of other strides than axes");
        float[] floats = PickleValues.Floats(bytes.Span.Slice((int)offset * size, (int)count * size), size, what);
        int[] order = [.. Enumerable.Range(0, shape.Length).OrderByDescending(axis => shape[axis] > 1 ? steps[axis] : 0)]; // as they lie, the slowest first
        long[] stored = [.. order.Select(axis => shape[axis])], contiguous = Contiguous(stored);
        if (order.Where((axis, place) => shape[axis] > 1 && steps[axis] != contiguous[place]).Any())
            throw PickleValues.Wrong(what, "not contiguous in any order of its axes");
        return order.SequenceEqual(Enumerable.Range(0, shape.Length))
            ? new HostTensor(shape, floats)
            : new HostTensor(stored, floats).Permuted([.. Enumerable.Range(0, shape.Length).Select(axis => (long)Array.IndexOf(order, axis))]);
    }

    /// <summary>Sizes of the axes of a tensor that the pickle describes.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static long[] Shape(object? value, string what) => PickleValues.Shape(View(value, what).Sizes, what);

    private static (PickleCall Storage, long Offset, object? Sizes, object? Strides) View(object? value, string what)
    {
        if (value is PickleCall { Maker: PickleGlobals.RebuildParameter, Arguments: [var inner, ..] })
            value = inner;
        return value is PickleCall { Maker: PickleGlobals.RebuildTensor, Arguments: [PickleCall { Maker: PickleCall.PersistentId } storage, long offset, var sizes, var strides, ..] }
            ? (storage, offset, sizes, strides)
            : throw PickleValues.Wrong(what, "no tensor");
    }

    private static TorchArchive ReadZip(byte[] file, IReadOnlySet<string> allowed)
    {
        try
        {
            using ZipArchive zip = OpenZip(file);
            ZipArchiveEntry pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith(PickleName, StringComparison.Ordinal))
                ?? throw new InvalidDataException("its zip has no data.pkl: torch.save did not write it");
            string folder = pickle.FullName[..^PickleName.Length] + "/data/";
            TorchArchive archive = new(new PickleReader(Unpack(pickle, file.Length), allowed).Read());
            long total = 0;
            foreach (ZipArchiveEntry entry in zip.Entries.Where(entry => entry.FullName.StartsWith(folder, StringComparison.Ordinal)))
            {
                total += entry.Length;
                if (total > file.Length)
                    throw new InvalidDataException("the entries of its zip claim more bytes than it has");
                if (!archive.storages.TryAdd(entry.FullName[folder.Length..], Unpack(entry, file.Length)))
                    throw new InvalidDataException("its zip has an entry twice");
            }
            return archive;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or IOException)
        {
            throw new InvalidDataException($"its zip is damaged: {e.Message}", e);
        }
    }

    private static ZipArchive OpenZip(byte[] file)
    {
        ZipArchive zip;
        int entries;
        try
        {
            zip = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
            entries = zip.Entries.Count;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"its zip is damaged: {e.Message}", e);
        }
        return entries <= MostEntries ? zip : throw new InvalidDataException($"its zip has more than {MostEntries} entries");
    }

    /// <summary>torch stores entries as they are; one that is compressed could be of any size.</summary>
    private static byte[] Unpack(ZipArchiveEntry entry, long fileLength)
    {
        if (entry.Length != entry.CompressedLength || entry.Length > fileLength || entry.IsEncrypted)
            throw new InvalidDataException("an entry of its zip is compressed, which torch.save never does");
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static TorchArchive ReadLegacy(byte[] file, IReadOnlySet<string> allowed)
    {
        PickleReader plain = new(file, NoGlobals) { Position = LegacyMagic.Length };
        if (plain.Read() is not 1001L)
            throw new InvalidDataException("it is of another version of torch's format than 1001");
        if (plain.Read() is not PickleDictionary system || !system.TryGet("little_endian", out object? little) || little is not true)
            throw new InvalidDataException("its numbers are big-endian");
        PickleReader reader = new(file, allowed) { Position = plain.Position };
        TorchArchive archive = new(reader.Read());
        plain.Position = reader.Position;
        IReadOnlyList<object?> keys = PickleValues.Sequence(plain.Read(), "the list of its storages");

        // Behind each number of numbers lie as many; their type is in the persistent ids, which name the storages.
        int at = plain.Position;
        Dictionary<string, int> sizes = archive.SizesOfStorages();
        foreach (object? key in keys)
        {
            string name = PickleValues.Text(key, "a storage's name");
            int size = sizes.TryGetValue(name, out int known) ? known : throw new InvalidDataException("it has a storage of no tensor");
            if (file.Length - at < 8)
                throw new InvalidDataException("it is cut off before a storage");
            long count = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            at += 8;
            if (count < 0 || count > (file.Length - at) / size)
                throw new InvalidDataException($"a storage claims {count} numbers, and {file.Length - at} bytes are left");
            if (!archive.storages.TryAdd(name, file.AsMemory(at, (int)count * size)))
                throw new InvalidDataException("it has a storage twice");
            at += (int)count * size;
        }
        return archive;
    }

    /// <summary>Bytes a number of each storage, by the tensors of the state dictionaries.</summary>
    private Dictionary<string, int> SizesOfStorages()
    {
        Dictionary<string, int> sizes = [];
        IEnumerable<object?> tensors = (Root as PickleDictionary)?.Pairs.SelectMany(network => Pairs(network.Value)).Select(pair => pair.Value) ?? [];
        foreach (PickleCall call in tensors.OfType<PickleCall>())
        {
            PickleCall tensor = call is { Maker: PickleGlobals.RebuildParameter, Arguments: [PickleCall inner, ..] } ? inner : call;
            if (tensor.Arguments is [PickleCall { Arguments: ["storage", PickleGlobal type, string key, ..] }, ..])
                sizes[key] = SizeOf(type.Name);
        }
        return sizes;

        static IReadOnlyList<KeyValuePair<object?, object?>> Pairs(object? value) => value switch
        {
            PickleDictionary dictionary => dictionary.Pairs,
            PickleCall call => call.Items.Pairs,
            _ => [],
        };
    }

    private static int SizeOf(string storage) => storage switch
    {
        PickleGlobals.FloatStorage => 4,
        PickleGlobals.DoubleStorage => 8,
        PickleGlobals.HalfStorage => 2,
        _ => throw new InvalidDataException($"{storage} is no storage of floats"),
    };

    private static long[] Contiguous(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }
        return strides;
    }
}
