using System.Buffers;
using System.IO.Compression;

namespace Pggan.Pipeline;

/// <summary>The rows of an array in an HDF5 file, each an image or a text, in any order. Where they are is noted at the start. Thread-safe.</summary>
internal sealed class Hdf5Rows
{
    private readonly SourceFile _file;
    private readonly (long Offset, int Length, bool IsPacked)[] _chunks;
    private readonly int _rowBytes;
    private readonly int _maxBytes;

    /// <summary>Notes where the chunks are.</summary>
    /// <param name="file">To read.</param>
    /// <param name="array">One that has rows.</param>
    /// <param name="mostInChunk">The most rows in a chunk.</param>
    /// <param name="maxBytes">The most bytes of a chunk as it is stored.</param>
    /// <exception cref="InvalidDataException">Chunks that don't hold whole rows, or a damaged file.</exception>
    public Hdf5Rows(SourceFile file, Hdf5Array array, int mostInChunk, int maxBytes)
    {
        if (array.Chunk[0] < 1 || array.Chunk[0] > mostInChunk || !array.Chunk.AsSpan(1).SequenceEqual(array.Shape.AsSpan(1)))
            throw new InvalidDataException($"{array.Name} has chunks of [{string.Join(", ", array.Chunk)}]; whole rows are read, chunks of [{string.Join(", ", [1, .. array.Shape[1..]])}]");
        (_file, _rowBytes, _maxBytes) = (file, array.RowBytes, maxBytes);
        InChunk = (int)array.Chunk[0];

        // Before the memory for the table and for labels: no set packs its rows to less than a byte each.
        if (array.Shape[0] > Math.Min(file.Length, int.MaxValue))
            throw new InvalidDataException($"{array.Name} announces {array.Shape[0]} rows in {file.Length} bytes");
        var count = (array.Shape[0] + InChunk - 1) / InChunk;
        var chunks = new (long Offset, int Length, bool IsPacked)[count];
        array.Walk((corner, offset, length, isPacked) =>
        {
            var number = Math.DivRem(corner[0], InChunk, out var rest);
            if (rest != 0 || number < 0 || number >= count || corner[1..].ContainsAnyExcept(0L) || length > int.MaxValue)
                throw new InvalidDataException($"a chunk of {array.Name} lies outside of it");
            chunks[number] = (offset, (int)length, isPacked);
        });
        _chunks = chunks;
    }

    /// <summary>Rows in a chunk.</summary>
    public int InChunk { get; }

    /// <summary>Reads a row, or as many of its chunk from there as fill <paramref name="target"/>.</summary>
    /// <exception cref="BadImageException">It was never written, has too many bytes, or is damaged.</exception>
    public void Read(int row, Span<byte> target)
    {
        var (offset, length, isPacked) = _chunks[row / InChunk];
        if (offset == 0)
            throw new BadImageException("it was never written");
        if (length > _maxBytes)
            throw new BadImageException($"{length} bytes are more than the limit of {_maxBytes}");
        var stored = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            if (_file.Read(stored.AsSpan(0, length), offset) != length)
                throw new BadImageException("the file is cut off");
            Unpack(stored, length, isPacked, row % InChunk, target);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private void Unpack(byte[] stored, int length, bool isPacked, int place, Span<byte> target)
    {
        try
        {
            using var bytes = new MemoryStream(stored, 0, length, writable: false);
            using Stream stream = isPacked ? new ZLibStream(bytes, CompressionMode.Decompress) : bytes;

            // Those before it in its chunk, which are few and small, come first.
            for (; place > 0; place--)
                Fill(target[.._rowBytes]);
            Fill(target);

            // zlib compares its checksum at the end, which is here where a chunk is a row.
            _ = stream.ReadByte();

            void Fill(Span<byte> some)
            {
                if (stream.ReadAtLeast(some, some.Length, throwOnEndOfStream: false) != some.Length)
                    throw new BadImageException("its chunk is too short");
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new BadImageException($"its chunk is damaged: {error.Message}", error);
        }
    }
}
