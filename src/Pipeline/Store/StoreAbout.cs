using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pggan.Pipeline;

/// <summary>What a store tells of its origin. All of it decides whether a store is the one that a training looks for.</summary>
/// <param name="Source">Kind and place of the source, for people.</param>
/// <param name="Digest">The source's identity: SHA-256 in lower-case hex.</param>
/// <param name="Stamp">What changes when files of the source are written anew with the same names and sizes; may be empty.</param>
/// <param name="Pixels">How its images are brought to the store's size.</param>
/// <param name="Decoder">What decoded them: another version may come to other pixels.</param>
/// <param name="ClassNames">Names of the label's elements.</param>
public sealed record StoreAbout(string Source, string Digest, string Stamp, string Pixels, string Decoder, IReadOnlyList<string> ClassNames)
{
    /// <summary>Most bytes of it in a file.</summary>
    internal const int MostBytes = 16 << 20;

    /// <summary>Whether pixels of the other are those of this one.</summary>
    public bool IsSameAs(StoreAbout other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return (Digest, Stamp, Pixels, Decoder) == (other.Digest, other.Stamp, other.Pixels, other.Decoder);
    }

    /// <summary>Of one that is of the same place and kind, but of what was there at another time, what has changed since; else null.</summary>
    internal string? ChangeSince(StoreAbout other) => (Source, Pixels) != (other.Source, other.Pixels) ? null
        : Digest != other.Digest ? "names, sizes or labels"
        : Stamp != other.Stamp ? "the files' times or contents" : null;

    /// <summary>The identity of these pixels: SHA-256 in lower-case hex.</summary>
    public string PixelDigest() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"store\n{Digest}\n{Stamp}\n{Pixels}\n{Decoder}")));

    internal byte[] Print() => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["source"] = Source,
        ["digest"] = Digest,
        ["stamp"] = Stamp,
        ["pixels"] = Pixels,
        ["decoder"] = Decoder,
        ["classes"] = new JsonArray([.. ClassNames.Select(name => (JsonNode?)name)]),
    }.ToJsonString());

    /// <exception cref="InvalidDataException">It is none, or has another number of classes than elements of a label.</exception>
    internal static StoreAbout Parse(byte[] text, int labelSize)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            string[] names = [.. root.GetProperty("classes").EnumerateArray().Select(name => name.GetString() ?? "")];
            var digest = Text("digest");
            if (names.Length != labelSize)
                throw new InvalidDataException($"{names.Length} classes for labels of {labelSize} elements");
            if (digest.Length != 64 || digest.Any(letter => !char.IsAsciiHexDigitLower(letter)))
                throw new InvalidDataException("a digest that is no SHA-256");
            return new StoreAbout(Text("source"), digest, Text("stamp"), Text("pixels"), Text("decoder"), names);

            string Text(string key) => root.GetProperty(key).GetString() ?? "";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"what it tells of its origin cannot be read: {error.Message}", error);
        }
    }
}
