using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>
/// A zip in StyleGAN's layout: PNGs without compression, stored as they are, and dataset.json. Written by hand, for .NET's writer cannot go on with a
/// zip that was begun.
/// </summary>
internal sealed class ZipWriter : IDatasetWriter
{
    /// <summary>The name of the entry of labels.</summary>
    internal const string LabelsName = "dataset.json";

    private readonly FileStream _file;
    private readonly List<(uint Crc, uint Length)> _entries = [];

    /// <summary>Opens a file, or a new one, behind its first images.</summary>
    /// <exception cref="InvalidDataException">It has fewer.</exception>
    public ZipWriter(string path, int images)
    {
        var end = EndOf(path, images);
        _file = Continued.Open(path, end);
    }

    public byte[] Encode(PixelBuffer image)
    {
        var png = ImageCodec.EncodePng(image.Pixels, image.Channels, image.Width, image.Height, compression: 0);

        // The checksum goes before the picture, so that it is computed here, by many threads.
        var encoded = new byte[4 + png.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(encoded, Crc32.HashToUInt32(png));
        png.CopyTo(encoded, 4);
        return encoded;
    }

    public void Append(byte[] encoded)
    {
        var png = encoded.AsSpan(4);
        var entry = (Crc: BinaryPrimitives.ReadUInt32LittleEndian(encoded), Length: (uint)png.Length);
        _file.Write(ZipHeaders.Local(NameOf(_entries.Count), entry.Crc, entry.Length));
        _file.Write(png);
        _entries.Add(entry);
    }

    public void Flush() => _file.Flush(flushToDisk: true);

    public void Finish(IngestLabels labels, IReadOnlyList<int> images)
    {
        var start = _file.Position;
        var json = WriteLabels(labels, images);
        WriteDirectory(start, json);
        Flush();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The name of an entry by its number, as StyleGAN's tool gives it.</summary>
    internal static string NameOf(int number)
    {
        var digits = number.ToString("00000000", CultureInfo.InvariantCulture);
        return $"{digits[..5]}/img{digits}.png";
    }

    /// <summary>Walks over the entries that count.</summary>
    private long EndOf(string path, int images)
    {
        if (images == 0)
            return 0;
        using var file = OrdinaryFile.OpenHandle(path);
        Span<byte> header = stackalloc byte[ZipHeaders.LocalBytes];
        var at = 0L;
        for (var i = 0; i < images; i++)
        {
            if (RandomAccess.Read(file, header, at) < header.Length || !ZipHeaders.IsLocal(header))
                throw new InvalidDataException($"{DisplayName.Of(path)} holds {i} images, and {images} were written");
            _entries.Add(ZipHeaders.EntryOf(header));
            at += ZipHeaders.LocalBytes + NameOf(i).Length + _entries[i].Length;
        }

        return at;
    }

    private (uint Crc, uint Length) WriteLabels(IngestLabels labels, IReadOnlyList<int> images)
    {
        // Its length and checksum are known behind it: the header is written twice.
        var start = _file.Position;
        _file.Write(ZipHeaders.Local(LabelsName, 0, 0));
        var crc = new Crc32();
        var length = 0L;
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (labels.Size == 0)
                json.WriteNull("labels");
            else
                WriteEach();
            json.WriteEndObject();
            json.Flush();
            Drain();

            void WriteEach()
            {
                var label = new float[labels.Size];
                json.WriteStartArray("labels");
                for (var number = 0; number < images.Count; number++)
                {
                    json.WriteStartArray();
                    json.WriteStringValue(NameOf(number));
                    if (labels.AreClasses)
                        json.WriteNumberValue(labels.ClassOf(images[number], label));
                    else
                        WriteVector(json, labels, images[number], label);
                    json.WriteEndArray();
                    json.Flush();
                    if (buffer.WrittenCount > 1 << 15)
                        Drain();
                }

                json.WriteEndArray();
                json.WriteStartArray("classes");
                foreach (var name in labels.Names)
                    json.WriteStringValue(name);
                json.WriteEndArray();
            }
        }

        if (length > ZipSource.MaxLabelBytes)
            throw new DatasetUnusableException($"{images.Count} labels of {labels.Size} elements are too many for a zip; write TFRecords, or pick --attributes");
        var end = _file.Position;
        _file.Position = start;
        _file.Write(ZipHeaders.Local(LabelsName, crc.GetCurrentHashAsUInt32(), (uint)length));
        _file.Position = end;
        return (crc.GetCurrentHashAsUInt32(), (uint)length);

        void Drain()
        {
            crc.Append(buffer.WrittenSpan);
            length += buffer.WrittenCount;
            _file.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    private static void WriteVector(Utf8JsonWriter json, IngestLabels labels, int index, float[] label)
    {
        labels.Copy(index, label);
        json.WriteStartArray();
        foreach (var element in label)
            json.WriteNumberValue(element);
        json.WriteEndArray();
    }

    private void WriteDirectory(long labelsAt, (uint Crc, uint Length) labels)
    {
        var start = _file.Position;
        var at = 0L;
        for (var number = 0; number < _entries.Count; number++)
        {
            var name = NameOf(number);
            _file.Write(ZipHeaders.Central(name, _entries[number].Crc, _entries[number].Length, at));
            at += ZipHeaders.LocalBytes + name.Length + _entries[number].Length;
        }

        _file.Write(ZipHeaders.Central(LabelsName, labels.Crc, labels.Length, labelsAt));
        _file.Write(ZipHeaders.End(start, _file.Position - start, _entries.Count + 1));
    }
}
