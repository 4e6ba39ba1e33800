using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pggan.Model;

/// <summary>An open safetensors file whose header has been checked; tensors are read one at a time.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int NumbersAtOnce = 1 << 16;

    private readonly Stream stream;
    private readonly bool leaveOpen;
    private readonly Dictionary<string, SafetensorsTensor> byName;

    internal SafetensorsFile(
        Stream stream, bool leaveOpen, IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        this.stream = stream;
        this.leaveOpen = leaveOpen;
        Tensors = tensors;
        Metadata = metadata;
        byName = tensors.ToDictionary(t => t.Name);
    }

    /// <summary>What the file holds, in the order of its bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Free text by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>True when there is a tensor of this name.</summary>
    public bool Contains(string name) => byName.ContainsKey(name);

    /// <summary>The numbers of a tensor as floats, rounded where its format is wider.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it is too large for one array.</exception>
    public HostTensor Read(string name)
    {
        SafetensorsTensor tensor = Find(name, out int size);
        float[] data = new float[Length(tensor, tensor.ByteCount / size)];
        stream.Position = tensor.Offset;
        byte[] buffer = tensor.Type == SafetensorsType.F32 ? [] : new byte[Math.Min(data.Length, NumbersAtOnce) * size];
        for (int first = 0; first < data.Length; first += NumbersAtOnce)
        {
            Span<float> part = data.AsSpan(first, Math.Min(NumbersAtOnce, data.Length - first));
            if (tensor.Type == SafetensorsType.F32)
            {
                // The format is little-endian, as is every platform of libtorch.
                stream.ReadExactly(MemoryMarshal.AsBytes(part));
                continue;
            }
            Span<byte> bytes = buffer.AsSpan(0, part.Length * size);
            stream.ReadExactly(bytes);
            for (int i = 0; i < part.Length; i++)
                part[i] = Number(bytes[(i * size)..], tensor.Type);
        }
        return new HostTensor([.. tensor.Shape], data);
    }

    /// <summary>The bytes of a tensor as they are in the file.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it is too large for one array.</exception>
    public byte[] ReadBytes(string name)
    {
        SafetensorsTensor tensor = Find(name, out _);
        byte[] bytes = new byte[Length(tensor, tensor.ByteCount)];
        stream.Position = tensor.Offset;
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (!leaveOpen)
            stream.Dispose();
    }

    private SafetensorsTensor Find(string name, out int size)
    {
        SafetensorsTensor tensor = byName.GetValueOrDefault(name) ?? throw new InvalidDataException($"there is no tensor {name}");
        size = Safetensors.SizeOf(tensor.Type);
        return tensor;
    }

    private static long Length(SafetensorsTensor tensor, long length) => length <= Array.MaxLength
        ? length
        : throw new InvalidDataException($"tensor {tensor.Name} has {tensor.ByteCount} bytes, more than one array can hold");

    private static float Number(ReadOnlySpan<byte> bytes, SafetensorsType type) => type switch
    {
        SafetensorsType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        SafetensorsType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        SafetensorsType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        SafetensorsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        SafetensorsType.U8 => bytes[0],
        _ => BinaryPrimitives.ReadSingleLittleEndian(bytes),
    };
}
