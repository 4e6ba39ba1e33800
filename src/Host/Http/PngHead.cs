using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pggan.Host;

/// <summary>What a PNG says before its pixels.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Text">Text chunks by keyword.</param>
internal sealed record PngHead(int Width, int Height, IReadOnlyDictionary<string, string> Text)
{
    /// <summary>Longest head in bytes: ours has some hundred.</summary>
    private const int MostBytes = 4096;

    private const int MostTextBytes = 1024;
    private const int ChunkFrame = 12;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The head of a PNG, or null of what is none.</summary>
    public static PngHead? Read(Stream file)
    {
        Span<byte> head = stackalloc byte[MostBytes];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (!head.StartsWith(Signature))
            return null;
        ReadOnlySpan<byte> rest = head[Signature.Length..];
        (int width, int height) = (0, 0);
        Dictionary<string, string> text = [];
        while (rest.Length >= ChunkFrame)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            ReadOnlySpan<byte> type = rest[4..8];
            if (length > rest.Length - ChunkFrame || type.SequenceEqual("IDAT"u8))
                break;
            ReadOnlySpan<byte> content = rest.Slice(8, (int)length);
            if (type.SequenceEqual("IHDR"u8) && content.Length >= 8)
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content[4..]));
            else if (content.IndexOf((byte)0) is > 0 and var end && TextOf(type, content[(end + 1)..]) is { } value)
                text[Encoding.Latin1.GetString(content[..end])] = value;
            rest = rest[(ChunkFrame + (int)length)..];
        }
        return width > 0 && height > 0 ? new PngHead(width, height, text) : null;
    }

    /// <summary>What follows the keyword of a chunk of text, or null where it is none that can be read.</summary>
    private static string? TextOf(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        if (type.SequenceEqual("tEXt"u8))
            return Encoding.Latin1.GetString(content);
        if (!type.SequenceEqual("zTXt"u8) || content.IsEmpty)
            return null;
        try
        {
            // A byte says how it is compressed, and there is one way. However much it would grow to, a number or a label is short.
            using ZLibStream unpacked = new(new MemoryStream(content[1..].ToArray()), CompressionMode.Decompress);
            Span<byte> text = stackalloc byte[MostTextBytes];
            return Encoding.Latin1.GetString(text[..unpacked.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
