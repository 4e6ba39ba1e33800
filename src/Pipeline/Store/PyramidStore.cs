using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pggan.Pipeline;

/// <summary>
/// Images of a source in a file, ready at every resolution, so that nothing is decoded. Any number of threads and processes may read and write
/// one file at the same time: an image has its place, whoever writes it writes the same bytes, and it counts as there once its entry is written,
/// which comes last. What is damaged is as if it were not there. Thread-safe.
/// </summary>
/// <remarks>Read, not mapped: a file that is cut while it is mapped kills the process, one that is cut while it is read gives fewer bytes.</remarks>
public sealed class PyramidStore : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly SafeFileHandle? _output;
    private readonly uint[] _entries;
    private int _images;
    private bool _isDamageTold;
    private bool _isWritingOver;

    private PyramidStore(SourceFile file, SafeFileHandle? output, StoreLayout layout, StoreAbout about, uint[] entries, string path)
    {
        File = file;
        _output = output;
        _layout = layout;
        _entries = entries;
        _images = entries.Length - entries.AsSpan().Count(0u);
        About = about;
        Path = path;
    }

    /// <summary>Told when something in the file is damaged, and when it cannot be written: once each, on the thread that found it.</summary>
    public event Action<string>? Degraded;

    /// <summary>Of the file.</summary>
    public string Path { get; }

    /// <summary>What it holds.</summary>
    public StoreAbout About { get; }

    /// <summary>The size of its images at resolution 4.</summary>
    public BaseSize Base => _layout.Base;

    /// <summary>The resolution of the largest level.</summary>
    public int Resolution => _layout.Resolution;

    /// <summary>1, 3 or 4.</summary>
    public int Channels => _layout.Channels;

    /// <summary>Images of the source.</summary>
    public int Count => _layout.Count;

    /// <summary>Images that are there, as far as this process knows.</summary>
    public int Images => Volatile.Read(ref _images);

    internal SourceFile File { get; }

    internal StoreLayout Layout => _layout;

    internal bool IsWritable => _output is not null && !Volatile.Read(ref _isWritingOver);

    /// <summary>The labels, where they are known: then a record's label is checked with it.</summary>
    internal SourceLabels? Labels { get; set; }

    /// <summary>Whether a file can be read and begins like a store.</summary>
    public static bool IsStore(string path)
    {
        try
        {
            using var file = OrdinaryFile.OpenHandle(path);
            Span<byte> magic = stackalloc byte[StoreLayout.Magic.Length];
            return RandomAccess.Read(file, magic, 0) == magic.Length && magic.SequenceEqual(StoreLayout.Magic);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Images that are in a file; 0 where it is no store that can be read.</summary>
    public static int ImagesIn(string path)
    {
        try
        {
            using var store = Open(path, isWritable: false);
            return store.Images;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidDataException">It is no store, damaged, or cut off.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal static PyramidStore Open(string path, bool isWritable)
    {
        var file = new SourceFile(path);
        SafeFileHandle? output = null;
        try
        {
            Span<byte> header = stackalloc byte[StoreLayout.HeaderBytes];
            var layout = StoreLayout.Parse(header[..file.Read(header, 0)], file.Length);
            var about = new byte[layout.AboutBytes];
            if (file.Read(about, StoreLayout.HeaderBytes) != about.Length || Crc32C.Of(about) != layout.AboutSum)
                throw new InvalidDataException("the checksum of its origin is wrong");
            if (isWritable)
                output = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            var entries = Numbers<uint>(file, layout.EntriesOffset, layout.Count);
            return new PyramidStore(file, output, layout, StoreAbout.Parse(about, layout.LabelSize), entries, path);
        }
        catch
        {
            output?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Numbers of a section, as this machine keeps them.</summary>
    /// <exception cref="InvalidDataException">The file is cut off.</exception>
    internal static T[] Numbers<T>(SourceFile file, long offset, long count)
        where T : unmanaged
    {
        const int Chunk = 1 << 24;
        if (count > Array.MaxLength)
            throw new InvalidDataException($"{count} numbers of labels");
        var numbers = new T[count];
        for (var at = 0L; at < count; at += Chunk)
        {
            var part = MemoryMarshal.AsBytes(numbers.AsSpan((int)at, (int)Math.Min(Chunk, count - at)));
            if (file.Read(part, offset + at * 4) != part.Length)
                throw new InvalidDataException("it is cut off");
        }

        var words = MemoryMarshal.Cast<T, uint>(numbers.AsSpan());
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
        return numbers;
    }

    /// <summary>Whether an image is known to be there.</summary>
    internal bool Has(int index) => Volatile.Read(ref _entries[index]) != 0;

    /// <summary>The levels of the ticket's image up to one, or null where it is not there or damaged; the caller disposes it.</summary>
    internal ImagePyramid? Find(ImageTicket ticket, int resolution)
    {
        string? fault = null;
        try
        {
            if (EntryOf(ticket.Index) == 0)
                return null;
            if (Read(ticket, resolution, out fault) is { } pyramid)
                return pyramid;
        }
        catch (IOException error)
        {
            fault = error.Message;
        }

        // It counts as missing, so that it is written anew.
        if (Interlocked.Exchange(ref _entries[ticket.Index], 0) != 0)
            Interlocked.Decrement(ref _images);
        if (!Interlocked.Exchange(ref _isDamageTold, true))
            Tell($"{Path}: image {ticket.Index} is damaged ({fault}); where that is so the source is read instead");
        return null;
    }

    /// <summary>The same, and why not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal ImagePyramid? Read(ImageTicket ticket, int resolution, out string fault)
    {
        var length = _layout.SumsBytes + ImagePyramid.LengthOf(resolution, _layout.Channels, _layout.Base);
        var record = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            fault = File.Read(record.AsSpan(0, length), _layout.RecordOffset(ticket.Index)) == length
                ? FaultOf(ticket.Index, resolution, record.AsSpan(0, length)) ?? ""
                : "the file is cut off";
            if (fault.Length == 0)
                return ImagePyramid.OfPooled(record, _layout.SumsBytes, _layout.Base, resolution, _layout.Channels, ticket);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(record);
            throw;
        }

        ArrayPool<byte>.Shared.Return(record);
        return null;
    }

    /// <summary>Writes an image, and then that it is there.</summary>
    /// <param name="index">Of the image.</param>
    /// <param name="record">The levels, after room for their checksums.</param>
    /// <param name="label">Its label.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal void Write(int index, Span<byte> record, ReadOnlySpan<float> label)
    {
        var output = _output ?? throw new InvalidOperationException("the store is open for reading");
        Span<byte> encoded = _layout.LabelBytes <= 256 ? stackalloc byte[_layout.LabelBytes] : new byte[_layout.LabelBytes];
        _layout.Encode(label, encoded);

        var sums = record[.._layout.SumsBytes];
        sums.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(sums, Crc32C.Of(encoded));
        var sum = 0u;
        var at = _layout.SumsBytes;
        for (var level = ImagePyramid.SmallestResolution; level <= _layout.Resolution; level *= 2)
        {
            var end = _layout.SumsBytes + ImagePyramid.LengthOf(level, _layout.Channels, _layout.Base);
            sum = Crc32C.Of(record[at..end], sum);
            BinaryPrimitives.WriteUInt32LittleEndian(sums[(4 * StoreLayout.NumberOf(level))..], sum);
            at = end;
        }

        // In this order: an entry without its record would be found out, but the image would be taken for damaged.
        RandomAccess.Write(output, encoded, _layout.LabelOffset(index));
        RandomAccess.Write(output, record, _layout.RecordOffset(index));
        Span<byte> entry = stackalloc byte[StoreLayout.EntryBytes];
        var seal = Seal(index, sums);
        BinaryPrimitives.WriteUInt32LittleEndian(entry, seal);
        RandomAccess.Write(output, entry, _layout.EntryOffset(index));
        Know(index, seal);
    }

    /// <summary>Nothing more is written, by whomever; told once.</summary>
    internal void EndWriting(string reason)
    {
        if (!Interlocked.Exchange(ref _isWritingOver, true))
            Tell($"{Path} is written no longer: {reason}");
    }

    /// <summary>Says that something is wrong.</summary>
    internal void Tell(string reason) => Degraded?.Invoke(reason);

    /// <summary>Flushes what was written to the disk.</summary>
    internal void Flush() => RandomAccess.FlushToDisk(_output!);

    /// <summary>Writes another header.</summary>
    internal void WriteHeader(StoreLayout layout)
    {
        RandomAccess.Write(_output!, layout.Print(), 0);
        RandomAccess.SetLength(_output!, layout.FileBytes);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _output?.Dispose();
        File.Dispose();
    }

    /// <summary>0 = not there. What is not known to be there is looked up, for another process may have written it.</summary>
    private uint EntryOf(int index)
    {
        if (Volatile.Read(ref _entries[index]) is not 0 and var known)
            return known;
        Span<byte> entry = stackalloc byte[StoreLayout.EntryBytes];
        var seal = File.Read(entry, _layout.EntryOffset(index)) == entry.Length ? BinaryPrimitives.ReadUInt32LittleEndian(entry) : 0;
        if (seal != 0)
            Know(index, seal);
        return seal;
    }

    private void Know(int index, uint seal)
    {
        if (Interlocked.Exchange(ref _entries[index], seal) == 0)
            Interlocked.Increment(ref _images);
    }

    /// <summary>What is wrong with a record that was read up to a level, or null.</summary>
    private string? FaultOf(int index, int resolution, ReadOnlySpan<byte> record)
    {
        var sums = record[.._layout.SumsBytes];
        if (Seal(index, sums) != EntryOf(index))
            return "its checksums are not those of its entry";
        if (Crc32C.Of(record[_layout.SumsBytes..]) != BinaryPrimitives.ReadUInt32LittleEndian(sums[(4 * StoreLayout.NumberOf(resolution))..]))
            return "the checksum of its pixels is wrong";
        if (Labels is null)
            return null;

        var (label, encoded) = (ArrayPool<float>.Shared.Rent(_layout.LabelSize), ArrayPool<byte>.Shared.Rent(_layout.LabelBytes));
        try
        {
            Labels.Copy(index, label.AsSpan(0, _layout.LabelSize));
            _layout.Encode(label.AsSpan(0, _layout.LabelSize), encoded.AsSpan(0, _layout.LabelBytes));
            return Crc32C.Of(encoded.AsSpan(0, _layout.LabelBytes)) == BinaryPrimitives.ReadUInt32LittleEndian(sums) ? null : "the checksum of its label is wrong";
        }
        finally
        {
            ArrayPool<float>.Shared.Return(label);
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    /// <summary>The checksum of an image's number and checksums; never 0, which means that it is not there.</summary>
    private static uint Seal(int index, ReadOnlySpan<byte> sums)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, index);
        return Crc32C.Of(sums, Crc32C.Of(number)) is not 0 and var seal ? seal : 1;
    }
}
