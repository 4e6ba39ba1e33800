using System.Buffers.Binary;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;

namespace Pggan.Pipeline;

/// <summary>
/// A Parquet file of images: whole columns of a row group. What the file announces is checked before the library believes it. Not thread-safe.
/// </summary>
internal sealed class ParquetFile : IDisposable
{
    private const int MostFooterBytes = 64 << 20;
    private const int MostPageHeaderBytes = 1 << 16;

    /// <summary>Of an image file; there is none that is smaller.</summary>
    private const int LeastImageBytes = 26;

    /// <summary>In memory at once; a writer that is told nothing makes groups of a million rows.</summary>
    private const long MostGroupBytes = 1L << 30;

    /// <summary>No page above <see cref="SmallPageBytes"/> unpacks to more than this many times its size; a small one of a single number may.</summary>
    private const long MostRatio = 1032;

    private const long SmallPageBytes = 4 << 20;

    /// <summary>The type of pages whose levels stand unpacked before the values.</summary>
    private const int DataPageV2 = 3;

    private readonly ParquetReader _reader;

    /// <summary>Reads the footer.</summary>
    /// <exception cref="InvalidDataException">No Parquet file, or one that lies.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public ParquetFile(string path)
    {
        File = new SourceFile(path);
        try
        {
            CheckFooter();
            _reader = Library(() => ParquetReader.CreateAsync(new SourceStream(File)));
            CheckGroups();
        }
        catch
        {
            File.Dispose();
            throw;
        }
    }

    /// <summary>The file itself.</summary>
    public SourceFile File { get; }

    /// <summary>Row groups.</summary>
    public int Groups => _reader.Metadata!.RowGroups.Count;

    /// <summary>Columns of plain values that are not in lists.</summary>
    public DataField[] Columns => Library(() => Task.FromResult(_reader.Schema.GetDataFields().Where(column => column.MaxRepetitionLevel == 0).ToArray()));

    /// <summary>What writers note beside the columns: Hugging Face's features are "huggingface".</summary>
    public string? NoteOf(string key) => _reader.Metadata!.KeyValueMetadata?.Find(note => note.Key == key)?.Value;

    /// <summary>Rows of a group.</summary>
    public int RowsOf(int group) => (int)_reader.Metadata!.RowGroups[group].NumRows;

    /// <summary>Unpacked bytes of a column in a group, as announced.</summary>
    /// <exception cref="InvalidDataException">The group has no such column, or too many bytes.</exception>
    public long BytesOf(int group, DataField column) => ChunkOf(group, column).TotalUncompressedSize is var bytes and <= MostGroupBytes ? bytes
        : throw new InvalidDataException($"a row group unpacks to more than the limit of {MostGroupBytes} bytes; write it with smaller ones (row_group_size=100)");

    /// <summary>The bytes of each row; null where it has none.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public byte[]?[] ReadBytes(int group, DataField column) => Read<ReadOnlyMemory<byte>, byte[]?>(group, column, bytes => bytes.ToArray());

    /// <summary>The text of each row; null where it has none.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public string?[] ReadTexts(int group, DataField column) => Read<ReadOnlyMemory<char>, string?>(group, column, text => text.ToString());

    /// <summary>The number of each row; null where it has none.</summary>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public long?[] ReadNumbers<T>(int group, DataField column)
        where T : struct, System.Numerics.IBinaryInteger<T> => Read<T, long?>(group, column, number => long.CreateSaturating(number));

    /// <summary>Closes the file.</summary>
    public void Dispose() => File.Dispose();

    private TTo[] Read<TFrom, TTo>(int group, DataField column, Func<TFrom, TTo> convert)
        where TFrom : struct
    {
        CheckPages(ChunkOf(group, column), RowsOf(group));
        return Library(async () =>
        {
            // Only values that are there are stored, one after the other; the levels say which rows they belong to. (The library's own way to null
            // leaves what was in its pool.)
            var (rows, values) = (new TTo[RowsOf(group)], new TFrom[RowsOf(group)]);
            var levels = new int[column.MaxDefinitionLevel > 0 ? rows.Length : 0];
            using var reader = _reader.OpenRowGroupReader(group);
            await reader.ReadRawAsync<TFrom>(column, values, levels.Length > 0 ? levels.AsMemory() : (Memory<int>?)null, null).ConfigureAwait(false);
            for (int row = 0, next = 0; row < rows.Length; row++)
            {
                if (levels.Length == 0 || levels[row] == column.MaxDefinitionLevel)
                    rows[row] = convert(values[next++]);
            }

            return rows;
        });
    }

    private ColumnMetaData ChunkOf(int group, DataField column)
    {
        var path = column.Path.ToList();
        return _reader.Metadata!.RowGroups[group].Columns.Find(chunk => chunk.MetaData is { } about && about.PathInSchema.SequenceEqual(path))?.MetaData
            ?? throw new InvalidDataException($"row group {group} has no column {DisplayName.Of(column.Path.ToString())}");
    }

    private void CheckFooter()
    {
        Span<byte> tail = stackalloc byte[8];
        var length = File.Length >= 12 && File.Read(tail, File.Length - 8) == 8 ? BinaryPrimitives.ReadUInt32LittleEndian(tail) : 0;
        if (!tail[4..].SequenceEqual("PAR1"u8) || length > Math.Min(MostFooterBytes, File.Length - 12))
            throw new InvalidDataException("it does not end as a Parquet file; it may be cut off");
        var footer = new byte[length];
        File.Read(footer, File.Length - 8 - length);
        CompactThrift.Walk(footer, [], ParquetStructures.File);
    }

    private void CheckGroups()
    {
        var rows = 0L;
        foreach (var group in _reader.Metadata?.RowGroups ?? throw new InvalidDataException("it has no row groups"))
        {
            // A row of a group takes up to 28 bytes of memory before its first page is read, so that there must be images for them.
            if (group.NumRows is < 0 or > MostGroupBytes / LeastImageBytes || (rows += group.NumRows) > File.Length / LeastImageBytes)
                throw new InvalidDataException($"it announces {rows} rows in {File.Length} bytes");
        }
    }

    /// <summary>Whether the pages of a column are in the file, and unpack to what they can.</summary>
    private void CheckPages(ColumnMetaData chunk, int rows)
    {
        var at = chunk.DictionaryPageOffset is > 0 and var first ? Math.Min(first, chunk.DataPageOffset) : chunk.DataPageOffset;
        if (chunk.NumValues != rows || at < 0 || chunk.TotalCompressedSize < 0 || chunk.TotalCompressedSize > File.Length - at)
            throw new InvalidDataException("a column lies outside of the file, or has another length than others");
        var (end, unpacked) = (at + chunk.TotalCompressedSize, 0L);
        var header = new byte[MostPageHeaderBytes];
        Span<long> sizes = stackalloc long[4];
        while (at < end)
        {
            sizes.Clear();
            at += CompactThrift.Walk(header.AsSpan(0, File.Read(header.AsSpan(0, (int)Math.Min(header.Length, end - at)), at)), sizes, ParquetStructures.Page);
            var (values, whole, packed) = (sizes[0], sizes[2], sizes[3]);

            // A page has values for rows, or is a dictionary of values of four bytes at least.
            if (values < 0 || values > Math.Max(rows, whole / 4) || packed < 0 || packed > end - at || whole < 0 || whole > Math.Max(SmallPageBytes, MostRatio * packed) || (unpacked += whole) > MostGroupBytes)
                throw new InvalidDataException($"a page at byte {at} announces {packed} bytes that become {whole}, and {values} values");
            if (chunk.Codec == CompressionCodec.SNAPPY && sizes[1] != DataPageV2 && SnappyLength(at) > whole)
                throw new InvalidDataException($"what is packed at byte {at} announces more than its page");
            at += packed;
        }
    }

    /// <summary>What Snappy is to unpack to, by its own word, which comes first: seven bits a byte.</summary>
    private long SnappyLength(long at)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes = bytes[..File.Read(bytes, at)];
        var length = 0L;
        for (var i = 0; i < bytes.Length; i++)
        {
            length |= (long)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
                break;
        }

        return length;
    }

    /// <summary>The library's readers wait for streams only, and <see cref="SourceStream"/> completes at once. Of a damaged file it throws anything, a lack of memory too.</summary>
    private static T Library<T>(Func<Task<T>> read)
    {
        try
        {
#pragma warning disable VSTHRD002 // see above
            return read().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception error) when (error is EndOfStreamException or not IOException)
        {
            throw new InvalidDataException($"it is damaged or of an unknown kind ({error.GetType().Name}: {DisplayName.Of(error.Message)})", error);
        }
    }
}
