using Microsoft.Win32.SafeHandles;

namespace Pggan.Pipeline;

/// <summary>
/// A file that holds a dataset or a part of one, open while a run lasts. When it reads badly, <see cref="Recover"/> tells a damaged image from a file that
/// was cut off, overwritten or unmounted meanwhile, and opens it again where it has come back. Thread-safe.
/// </summary>
internal sealed class SourceFile : IDisposable
{
    // Writers end with the tail, and a zip's index is there: a file that is still being put back is told by it.
    private const int TailBytes = 4096;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly byte[] _tail;
    private SafeFileHandle _handle;
    private bool _disposed;
    private int _openings;

    /// <summary>Opens the file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public SourceFile(string path)
    {
        _path = Path.GetFullPath(path);
        _handle = Open();
        try
        {
            Length = RandomAccess.GetLength(_handle);
            Time = File.GetLastWriteTimeUtc(_path).Ticks;
            _tail = TailOf(_handle, Length);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the file as it was opened.</summary>
    public long Length { get; }

    /// <summary>When it was written, in ticks: tells a file that was made anew with the same size.</summary>
    public long Time { get; }

    /// <summary>Reads as much of <paramref name="target"/> as there is at <paramref name="offset"/>, and returns how much.</summary>
    public int Read(Span<byte> target, long offset) => ReadFully(Volatile.Read(ref _handle), target, offset);

    /// <summary>How often the file was opened anew.</summary>
    private int Openings => Volatile.Read(ref _openings);

    /// <summary>
    /// Reads an image with a second look: of a file that was changed under the run no image is to blame, and it may have been put back this very
    /// moment.
    /// </summary>
    /// <exception cref="SourceGoneException">It was changed, and has not been put back.</exception>
    public T Read<T>(Func<T> read)
    {
        for (var isSecondLook = false; ; isSecondLook = true)
        {
            var openings = Openings;
            try
            {
                return read();
            }
            catch (Exception error) when (error is BadImageException or IOException)
            {
                if (!Recover(error, openings) && isSecondLook)
                    throw;
            }
        }
    }

    /// <summary>After a bad read: true when reading again may go well, for the file is opened anew; false when nothing is wrong with the file.</summary>
    /// <param name="fault">What the read said.</param>
    /// <param name="openings">As it was before the read: another reader may have opened the file anew since.</param>
    /// <exception cref="SourceGoneException">Neither what was opened nor what is there now is the file of the start.</exception>
    private bool Recover(Exception fault, int openings)
    {
        lock (_gate)
        {
            if (openings != _openings)
                return true;
            if (_disposed || IsWhole(_handle))
                return false;
            SafeFileHandle? anew = null;
            try
            {
                anew = Open();
                if (IsWhole(anew))
                {
                    // Others may be reading from the old handle: its finalizer closes it.
                    Volatile.Write(ref _handle, anew);
                    _openings++;
                    return true;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new SourceGoneException($"{_path} is gone: {error.Message}", fault);
            }

            var length = RandomAccess.GetLength(anew);
            anew.Dispose();
            throw new SourceGoneException(
                $"{_path} was changed under the run: it had {Length} bytes, now {length}{(length == Length ? " of another content" : "")}; put it back", fault);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _handle.Dispose();
        }
    }

    private SafeFileHandle Open() => OrdinaryFile.OpenHandle(_path);

    private bool IsWhole(SafeFileHandle handle)
    {
        try
        {
            return RandomAccess.GetLength(handle) == Length && TailOf(handle, Length).AsSpan().SequenceEqual(_tail);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static byte[] TailOf(SafeFileHandle handle, long length)
    {
        var tail = new byte[Math.Min(TailBytes, length)];
        ReadFully(handle, tail, length - tail.Length);
        return tail;
    }

    private static int ReadFully(SafeFileHandle handle, Span<byte> target, long offset)
    {
        var filled = 0;
        while (filled < target.Length && RandomAccess.Read(handle, target[filled..], offset + filled) is > 0 and var read)
            filled += read;
        return filled;
    }
}
