using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Pggan.Pipeline;

/// <summary>The identity of a source from names, sizes and labels.</summary>
internal static class SourceDigest
{
    /// <summary>The identity of some numbers.</summary>
    public static string Of(long[] numbers) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(numbers.AsSpan())));

    public static string Of(string kind, int count, Func<int, string> nameOf, Func<int, long> sizeOf, SourceLabels labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var label = new float[labels.Size];
        Text(kind);
        for (var i = 0; i < count; i++)
        {
            Text(nameOf(i));
            Number(sizeOf(i));
            labels.Copy(i, label);
            hash.AppendData(MemoryMarshal.AsBytes(label.AsSpan()));
        }

        foreach (var name in labels.Names)
            Text(name);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Text(string text)
        {
            // The length before the text keeps "ab" + "c" apart from "a" + "bc".
            var bytes = Encoding.UTF8.GetBytes(text);
            Number(bytes.Length);
            hash.AppendData(bytes);
        }

        void Number(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }
}
