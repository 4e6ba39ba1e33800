using System.Text;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>
/// Histograms of the weights, in an events file of TensorBoard's in a folder of its own: beside a file that is read on and on it would not be looked at.
/// They are kept nowhere else, so the file is continued: what is past the place of the training, and a torn end, are cut off.
/// </summary>
internal sealed class WeightLog(string runFolder)
{
    private readonly string _folder = Path.Combine(runFolder, "weights");
    private FileStream? _file;
    private long _last;

    /// <summary>Adds the histograms of so many images, once.</summary>
    /// <exception cref="IOException">They cannot be written; then they are left out.</exception>
    public void Append(IEnumerable<WeightHistogram> histograms, long images, double time)
    {
        if (_file is null)
            Open(long.MaxValue);
        if (_file!.Length == 0)
            EventRecord.Write(_file, EventRecord.Version(time));
        if (images <= _last)
            return;
        EventRecord.Write(_file, EventRecord.Summary(time, images, [.. histograms.SelectMany(ValueOf)]));
        _file.Flush(flushToDisk: true); // before the checkpoint, with which nobody would write it again
        _last = images;
    }

    /// <summary>Forgets what is past so many images.</summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public void Retain(long images)
    {
        Close();
        if (Directory.Exists(_folder))
            Open(images);
    }

    /// <summary>Closes the file; it is opened again when it is needed.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Open(long images)
    {
        Directory.CreateDirectory(_folder);
        _file = new FileStream(
            Path.Combine(_folder, TensorBoardFile.Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        (_last, var end) = (0, 0L);
        for (; EventRecord.ReadStep(_file) is { } step && step <= images; end = _file.Position)
            _last = step;
        _file.SetLength(end);
        _file.Position = end;
    }

    /// <summary>Fields of tensorflow.HistogramProto in a value of a summary.</summary>
    private static byte[] ValueOf(WeightHistogram histogram) => EventRecord.Bytes(1,
    [
        .. EventRecord.Bytes(1, Encoding.UTF8.GetBytes(histogram.Name)),
        .. EventRecord.Bytes(5,
        [
            .. EventRecord.Double(1, histogram.Min),
            .. EventRecord.Double(2, histogram.Max),
            .. EventRecord.Double(3, histogram.Count),
            .. EventRecord.Double(4, histogram.Sum),
            .. EventRecord.Double(5, histogram.SumOfSquares),
            .. EventRecord.Doubles(6, histogram.Limits),
            .. EventRecord.Doubles(7, histogram.Counts),
        ]),
    ]);
}
