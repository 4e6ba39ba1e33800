using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>Rows of floats, appended and read in order: in memory up to a limit, beyond it in a temporary file that is gone with the store.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="width">Floats a row.</param>
/// <param name="memoryBytes">Most bytes held in memory.</param>
internal sealed class RowStore(int width, long memoryBytes) : IDisposable
{
    private const int FloatsAtOnce = 1 << 20;

    private readonly List<float[]> blocks = [];
    private readonly int rowsOfBlock = Math.Max(1, FloatsAtOnce / width);
    private FileStream? file;
    private long heldRows;

    /// <summary>Floats a row.</summary>
    public int Width => width;

    /// <summary>Rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>Appends whole rows.</summary>
    /// <exception cref="IOException">The temporary file can't be written.</exception>
    public void Append(ReadOnlySpan<float> rows)
    {
        long count = rows.Length / width;
        if (file is null && (Count + count) * width * sizeof(float) <= memoryBytes)
            Hold(rows);
        else
        {
            file ??= OpenTemporary();
            file.Seek(0, SeekOrigin.End);
            file.Write(MemoryMarshal.AsBytes(rows));
        }
        Count += count;
    }

    private void Hold(ReadOnlySpan<float> rows)
    {
        while (rows.Length > 0)
        {
            int used = (int)(heldRows % rowsOfBlock), count = Math.Min(rows.Length / width, rowsOfBlock - used);
            if (used == 0)
                blocks.Add(new float[rowsOfBlock * width]);
            rows[..(count * width)].CopyTo(blocks[^1].AsSpan(used * width));
            rows = rows[(count * width)..];
            heldRows += count;
        }
    }

    /// <summary>The rows from <paramref name="first"/> on, some at a time: the array and how many rows of it are filled. It is valid until the next.</summary>
    public IEnumerable<(float[] Rows, int Count)> Read(long first, long count)
    {
        float[] buffer = new float[Math.Min(rowsOfBlock, Math.Max(count, 1)) * width];
        for (long end = first + count; first < end;)
        {
            int rows = (int)Math.Min(rowsOfBlock, end - first);
            Fill(first, buffer.AsSpan(0, rows * width));
            yield return (buffer, rows);
            first += rows;
        }
    }

    /// <summary>A file without a name where that can be: a process that is killed leaves nothing behind.</summary>
    private static FileStream OpenTemporary()
    {
        string path = Path.Combine(Path.GetTempPath(), $"pggan-{Guid.NewGuid():N}.rows");
        FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }

    private void Fill(long first, Span<float> target)
    {
        while (target.Length > 0 && first < heldRows)
        {
            int offset = (int)(first % rowsOfBlock);
            int count = (int)Math.Min(Math.Min(target.Length / width, rowsOfBlock - offset), heldRows - first);
            blocks[(int)(first / rowsOfBlock)].AsSpan(offset * width, count * width).CopyTo(target);
            target = target[(count * width)..];
            first += count;
        }
        if (target.Length > 0)
        {
            file!.Seek((first - heldRows) * width * sizeof(float), SeekOrigin.Begin);
            file.ReadExactly(MemoryMarshal.AsBytes(target));
        }
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => file?.Dispose();
}
