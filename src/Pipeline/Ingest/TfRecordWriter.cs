using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pggan.Pipeline;

/// <summary>
/// The official multi-resolution TFRecords: a file for each resolution from 4 up, "NAME-r02.tfrecords" and on, and "NAME-rxx.labels". What the labels
/// are called is in a file beside them, which other readers pass by.
/// </summary>
internal sealed class TfRecordWriter : IDatasetWriter
{
    private const int Framing = 16;

    private readonly string _folder;
    private readonly string _name;
    private readonly int _size;
    private readonly int[] _sides;
    private readonly int[] _lengths;
    private readonly FileStream[] _files;

    /// <summary>Opens the files of a folder, which is made where there is none.</summary>
    /// <exception cref="InvalidDataException">They have fewer images than said.</exception>
    public TfRecordWriter(string folder, string name, int size, int channels, int images)
    {
        _folder = folder;
        _name = name;
        _size = size;
        _sides = [.. Enumerable.Range(2, BitOperations.Log2((uint)size) - 1).Select(level => 1 << level)];
        _lengths = Array.ConvertAll(_sides, side => Framing + TfExample.LengthOf(channels, side));
        Directory.CreateDirectory(folder);
        _files = new FileStream[_sides.Length];
        try
        {
            for (var i = 0; i < _files.Length; i++)
                _files[i] = Continued.Open(Path.Combine(folder, $"{name}-r{BitOperations.Log2((uint)_sides[i]):00}.tfrecords"), (long)_lengths[i] * images);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public byte[] Encode(PixelBuffer image)
    {
        using var pyramid = ImagePyramid.Build(image, _size);
        var records = new byte[_lengths.Sum()];
        var rest = records.AsSpan();
        for (var i = 0; i < _sides.Length; i++)
        {
            var record = rest[.._lengths[i]];
            rest = rest[_lengths[i]..];
            BinaryPrimitives.WriteInt64LittleEndian(record, record.Length - Framing);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], MaskedCrc.Of(record[..8]));
            var example = record[12..^4];
            TfExample.Write(pyramid.Level(_sides[i]), image.Channels, _sides[i], example);
            BinaryPrimitives.WriteUInt32LittleEndian(record[^4..], MaskedCrc.Of(example));
        }

        return records;
    }

    public void Append(byte[] encoded)
    {
        var start = 0;
        for (var i = 0; i < _files.Length; i++)
        {
            _files[i].Write(encoded, start, _lengths[i]);
            start += _lengths[i];
        }
    }

    public void Flush()
    {
        foreach (var file in _files)
            file.Flush(flushToDisk: true);
    }

    public void Finish(IngestLabels labels, IReadOnlyList<int> images)
    {
        Flush();
        if (labels.Size == 0)
            return;
        using (var file = Continued.Open(Path.Combine(_folder, $"{_name}-rxx.labels"), 0))
        {
            file.Write(NumpyArray.HeaderOfFloats(images.Count, labels.Size));
            var label = new float[labels.Size];
            foreach (var index in images)
            {
                labels.Copy(index, label);
                file.Write(MemoryMarshal.AsBytes(label.AsSpan()));
            }

            file.Flush(flushToDisk: true);
        }

        using var names = Continued.Open(Path.Combine(_folder, _name + TfRecordSource.NamesSuffix), 0);
        JsonSerializer.Serialize(names, labels.Names);
        names.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file?.Dispose();
    }
}
