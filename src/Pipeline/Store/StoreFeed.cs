using System.Buffers;
using System.Collections.Concurrent;

namespace Pggan.Pipeline;

/// <summary>
/// Writes pyramids into a store, on a thread of its own. Nobody waits for it: what comes while it holds as much as it may is left out, and comes
/// again in a later epoch. It ends by itself when the disk takes no more.
/// </summary>
internal sealed class StoreFeed : IDisposable
{
    private const long MostBytes = 32 << 20;
    private const int MostImages = 64;

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private readonly PyramidStore _store;
    private readonly IImageSource _source;
    private readonly BlockingCollection<(int Index, byte[] Record)> _waiting;
    private readonly Thread _writer;

    public StoreFeed(PyramidStore store, IImageSource source)
    {
        _store = store;
        _source = source;
        _waiting = new((int)Math.Clamp(MostBytes / store.Layout.RecordBytes, 1, MostImages));
        _writer = new Thread(Write) { Name = "pyramid store", IsBackground = true };
        _writer.Start();
    }

    /// <summary>Off once the store cannot be written, whoever found that out.</summary>
    public bool IsOpen => _store.IsWritable;

    /// <summary>Copies an image for the store, if it lacks it and there is room.</summary>
    public void Offer(ImagePyramid pyramid)
    {
        var index = pyramid.Ticket.Index;
        if (_store.Has(index) || _waiting.Count >= _waiting.BoundedCapacity)
            return;
        var record = ArrayPool<byte>.Shared.Rent(_store.Layout.RecordBytes);
        pyramid.Data.CopyTo(record.AsSpan(_store.Layout.SumsBytes));
        if (!TryAdd(index, record))
            ArrayPool<byte>.Shared.Return(record);
    }

    /// <summary>Writes what is waiting, and takes no more. The collection is left to the collector: a stage may be on its way out.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        _writer.Join(LongestEnd);
    }

    private bool TryAdd(int index, byte[] record)
    {
        try
        {
            return _waiting.TryAdd((index, record));
        }
        catch (InvalidOperationException)
        {
            return false; // disposed meanwhile
        }
    }

    private void Write()
    {
        var label = new float[_source.LabelSize];
        foreach (var (index, record) in _waiting.GetConsumingEnumerable())
        {
            try
            {
                if (IsOpen)
                {
                    _source.CopyLabel(index, label);
                    _store.Write(index, record.AsSpan(0, _store.Layout.RecordBytes), label);
                }
            }
            catch (Exception error)
            {
                // Whatever it is, the training goes on without.
                _store.EndWriting(error.Message);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(record);
            }
        }
    }
}
