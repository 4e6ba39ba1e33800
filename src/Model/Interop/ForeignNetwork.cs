namespace Pggan.Model;

/// <summary>Networks that other programs trained.</summary>
public static class ForeignNetwork
{
    /// <summary>Protocol opcode of a pickle.</summary>
    private const byte Pickle = (byte)PickleOp.Proto;

    /// <summary>True for a file that begins as a pickle or as what torch.save writes.</summary>
    public static bool Is(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream file = OrdinaryFile.Open(path);
        Span<byte> start = stackalloc byte[16];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return (start is [Pickle, >= 2 and <= 5, ..] && !BeginsAsSafetensors(start)) || TorchArchive.Begins(start);
    }

    /// <summary>
    /// Reads an official checkpoint (a pickle of G, D and the average of G, of the TensorFlow or the Theano version), or one of pytorch_GAN_zoo or genforce
    /// (either format of torch.save). The file is read as data: nothing in it is run.
    /// </summary>
    /// <exception cref="InvalidDataException">It is neither, or damaged; the message says what is wrong.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static NetworkSnapshot Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes;
        using (FileStream file = OrdinaryFile.Open(path))
        {
            if (file.Length > Array.MaxLength)
                throw new InvalidDataException($"{file.Length} bytes are more than any network has");
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        return Read(bytes);
    }

    /// <summary>As <see cref="Read(string)"/>, of a file in memory.</summary>
    internal static NetworkSnapshot Read(byte[] file)
    {
        if (TorchArchive.Begins(file))
        {
            TorchArchive archive = TorchArchive.Read(file, PickleGlobals.OfZoo);
            return GenforceCheckpoint.Is(archive) ? GenforceCheckpoint.Read(archive) : ZooCheckpoint.Read(archive);
        }
        return file is [Pickle, ..]
            ? OfficialCheckpoint.Read(file)
            : throw new InvalidDataException("it is neither an official pickle nor a checkpoint of pytorch_GAN_zoo or genforce");
    }

    /// <summary>The length of its header comes first, in eight bytes, and may begin as a pickle does.</summary>
    private static bool BeginsAsSafetensors(ReadOnlySpan<byte> start) => start is [_, _, _, _, 0, 0, 0, 0, (byte)'{', ..];
}
