using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Pggan.Model;

/// <summary>
/// The safetensors format: eight bytes with the length of a JSON header, the header, then the tensors' bytes without gaps.
/// Nothing in a file is trusted before it is checked, and no allocation is larger than the file justifies.
/// </summary>
public static class Safetensors
{
    private const string MetadataKey = "__metadata__";
    private const int LengthBytes = 8;
    private const long MostHeaderBytes = 100_000_000;
    private const int FloatsAtOnce = 1 << 20;

    private static readonly JsonDocumentOptions HeaderOptions = new() { AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file, or a damaged one; the message says what is wrong.</exception>
    public static SafetensorsFile Open(string path)
    {
        FileStream stream = OrdinaryFile.Open(path);
        try
        {
            return Open(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Checks the header of a file that begins at the start of a seekable stream.</summary>
    /// <param name="stream">The file; the caller keeps it when this throws.</param>
    /// <param name="leaveOpen">Whether it stays open when the result is disposed.</param>
    /// <exception cref="InvalidDataException">It is no safetensors file, or a damaged one; the message says what is wrong.</exception>
    public static SafetensorsFile Open(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        long length = stream.Length;
        Require(length >= LengthBytes, $"{length} bytes are too few for a safetensors file");
        stream.Position = 0;
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        stream.ReadExactly(lengthBytes);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        Require(headerLength <= MostHeaderBytes, $"the header claims {headerLength} bytes, and {MostHeaderBytes} are the most");
        Require(headerLength <= (ulong)(length - LengthBytes), $"the header claims {headerLength} bytes and the file has {length}");

        byte[] header = new byte[(int)headerLength];
        stream.ReadExactly(header);
        Require(header.Length > 0 && header[0] == (byte)'{' && Utf8.IsValid(header), "the header is no JSON object");
        long dataStart = LengthBytes + header.Length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, HeaderOptions);
            List<SafetensorsTensor> tensors = [];
            Dictionary<string, string> metadata = [];
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.NameEquals(MetadataKey))
                    ReadMetadata(entry.Value, metadata);
                else
                    tensors.Add(ReadEntry(entry.Name, entry.Value, dataStart, length));
            }
            tensors.Sort((a, b) => (a.Offset, a.ByteCount, a.Name).CompareTo((b.Offset, b.ByteCount, b.Name)));
            RequireGapless(tensors, dataStart, length);
            return new SafetensorsFile(stream, leaveOpen, tensors, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // An escaped lone surrogate in a name is no JsonException.
            throw new InvalidDataException($"the header is no valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Writes tensors as F32 in the order given; the same input gives the same bytes.</summary>
    /// <param name="stream">Where to; need not be seekable, stays open.</param>
    /// <param name="tensors">Tensors by name. They are written one after the other, so that a file may exceed 2 GiB.</param>
    /// <param name="metadata">Free text by key, or null for none.</param>
    /// <exception cref="ArgumentException">A name is taken twice or reserved, or a tensor has not as many numbers as its shape.</exception>
    public static void Write(
        Stream stream,
        IReadOnlyCollection<KeyValuePair<string, HostTensor>> tensors,
        IReadOnlyCollection<KeyValuePair<string, string>>? metadata)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        ArrayBufferWriter<byte> header = Header(tensors, metadata ?? []);
        header.Write(Enumerable.Repeat((byte)' ', -header.WrittenCount & 7).ToArray());
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.WrittenCount);
        stream.Write(length);
        stream.Write(header.WrittenSpan);
        foreach ((_, HostTensor tensor) in tensors)
        {
            for (int first = 0; first < tensor.Data.Length; first += FloatsAtOnce)
                stream.Write(MemoryMarshal.AsBytes(tensor.Data.AsSpan(first, Math.Min(FloatsAtOnce, tensor.Data.Length - first))));
        }
    }

    internal static int SizeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F64 or SafetensorsType.I64 => 8,
        SafetensorsType.F32 or SafetensorsType.I32 => 4,
        SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        _ => 1,
    };

    private static ArrayBufferWriter<byte> Header(
        IReadOnlyCollection<KeyValuePair<string, HostTensor>> tensors, IReadOnlyCollection<KeyValuePair<string, string>> metadata)
    {
        ArrayBufferWriter<byte> header = new();
        using Utf8JsonWriter json = new(header, WriterOptions);
        json.WriteStartObject();
        if (metadata.Count > 0)
        {
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
        }
        HashSet<string> names = [MetadataKey];
        long offset = 0;
        foreach ((string name, HostTensor tensor) in tensors)
        {
            if (!names.Add(name))
                throw new ArgumentException($"the tensor name {name} is reserved or taken", nameof(tensors));
            if (tensor.Shape.Aggregate(1L, (a, b) => checked(a * b)) != tensor.Data.Length)
                throw new ArgumentException(
                    $"tensor {name} is [{string.Join(", ", tensor.Shape)}] but has {tensor.Data.Length} numbers", nameof(tensors));
            json.WriteStartObject(name);
            json.WriteString("dtype", "F32");
            json.WriteStartArray("shape");
            foreach (long size in tensor.Shape)
                json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += tensor.Data.LongLength * sizeof(float));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return header;
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata)
    {
        Require(value.ValueKind == JsonValueKind.Object, "the metadata is no JSON object");
        foreach (JsonProperty entry in value.EnumerateObject())
        {
            Require(entry.Value.ValueKind == JsonValueKind.String, $"metadata {entry.Name} is no text");
            metadata.Add(entry.Name, entry.Value.GetString()!);
        }
    }

    private static SafetensorsTensor ReadEntry(string name, JsonElement entry, long dataStart, long fileLength)
    {
        Require(entry.ValueKind == JsonValueKind.Object, $"tensor {name} is described by no JSON object");
        Require(entry.TryGetProperty("dtype", out JsonElement dtype) && dtype.ValueKind == JsonValueKind.String, $"tensor {name} has no dtype");
        string typeName = dtype.GetString()!;
        int typeIndex = Array.IndexOf(Enum.GetNames<SafetensorsType>(), typeName);
        Require(typeIndex >= 0, $"tensor {name} has the unknown dtype {typeName}");
        SafetensorsType type = Enum.GetValues<SafetensorsType>()[typeIndex];

        long[] shape = Integers(name, entry, "shape");
        long[] offsets = Integers(name, entry, "data_offsets");
        Require(offsets.Length == 2 && offsets[0] <= offsets[1], $"tensor {name} has data offsets that are no range");
        Require(offsets[1] <= fileLength - dataStart,
            $"tensor {name} ends at byte {offsets[1]} of the data, which has {fileLength - dataStart}: the file is truncated or its header wrong");
        long bytes = offsets[1] - offsets[0];
        Require(HasBytes(shape, SizeOf(type), bytes), $"tensor {name} is {typeName} [{string.Join(", ", shape)}] but has {bytes} bytes");
        return new SafetensorsTensor(name, type, shape, dataStart + offsets[0], bytes);
    }

    private static long[] Integers(string name, JsonElement entry, string key)
    {
        Require(entry.TryGetProperty(key, out JsonElement array) && array.ValueKind == JsonValueKind.Array, $"tensor {name} has no {key}");
        long[] integers = new long[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            Require(element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out integers[i]) && integers[i] >= 0,
                $"tensor {name} has a {key} that is no list of whole numbers of at least 0");
            i++;
        }
        return integers;
    }

    private static bool HasBytes(long[] shape, int size, long bytes)
    {
        long product = size;
        foreach (long axis in shape)
        {
            if (Math.BigMul(product, axis, out product) != 0 || product < 0)
                return false;
        }
        return product == bytes;
    }

    private static void RequireGapless(List<SafetensorsTensor> tensors, long dataStart, long fileLength)
    {
        long end = dataStart;
        foreach (SafetensorsTensor tensor in tensors)
        {
            Require(tensor.Offset >= end, $"tensor {tensor.Name} overlaps the one before it");
            Require(tensor.Offset == end, $"there are {tensor.Offset - end} bytes of no tensor before {tensor.Name}");
            end += tensor.ByteCount;
        }
        Require(end == fileLength, $"there are {fileLength - end} bytes of no tensor at the end");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidDataException(message);
    }
}
