namespace Pggan.Pipeline;

/// <summary>Bytes that are written once and read at any place: in memory where they are few, else in a temporary file that is gone with them.</summary>
internal sealed class SpilledBytes : IDisposable
{
    private const int BlockBytes = 4 << 20;

    private readonly List<byte[]> _blocks = [];
    private readonly FileStream? _file;
    private long _length;

    /// <summary>Room for bytes.</summary>
    /// <param name="expected">Decides where they are kept; nothing is allocated for them before they come.</param>
    /// <param name="memoryBytes">The most in memory.</param>
    /// <exception cref="IOException">There is no room for a temporary file.</exception>
    public SpilledBytes(long expected, long memoryBytes)
    {
        if (expected <= memoryBytes)
            return;

        // Without a name where that can be: a process that is killed leaves nothing behind.
        var path = Path.Combine(Path.GetTempPath(), $"pggan-{Guid.NewGuid():N}.bytes");
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
    }

    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="IOException">The temporary file can't be written.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_file is not null)
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, _length);
            _length += bytes.Length;
            return;
        }

        while (!bytes.IsEmpty)
        {
            var at = (int)(_length % BlockBytes);
            if (at == 0)
                _blocks.Add(new byte[BlockBytes]);
            var count = Math.Min(bytes.Length, BlockBytes - at);
            bytes[..count].CopyTo(_blocks[^1].AsSpan(at));
            bytes = bytes[count..];
            _length += count;
        }
    }

    /// <summary>Copies bytes that were added; any number of threads may.</summary>
    /// <exception cref="IOException">The temporary file can't be read.</exception>
    public void Read(Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            int read;
            if (_file is not null)
            {
                read = RandomAccess.Read(_file.SafeFileHandle, target, offset);
                if (read == 0)
                    throw new EndOfStreamException("the temporary file is cut off");
            }
            else
            {
                var from = _blocks[(int)(offset / BlockBytes)].AsSpan((int)(offset % BlockBytes));
                read = Math.Min(from.Length, target.Length);
                from[..read].CopyTo(target);
            }

            target = target[read..];
            offset += read;
        }
    }

    /// <summary>Deletes the temporary file.</summary>
    public void Dispose() => _file?.Dispose();
}
