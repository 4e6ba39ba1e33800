using System.Diagnostics;

namespace Pggan.Pipeline;

/// <summary>Counts one stage's items and where its time goes. One stage writes, anyone reads.</summary>
internal sealed class StageMeter(string name)
{
    private long _mark = Stopwatch.GetTimestamp();
    private long _items;
    private long _busy;
    private long _waiting;
    private long _blocked;

    public string Name { get; } = name;

    /// <summary>A run begins; the time before it is nobody's.</summary>
    public void Start() => _mark = Stopwatch.GetTimestamp();

    /// <summary>The time since the last call was work.</summary>
    public void Worked() => Spend(ref _busy);

    /// <summary>The time since the last call was waiting for input.</summary>
    public void Waited() => Spend(ref _waiting);

    /// <summary>The time since the last call was waiting for room in the output.</summary>
    public void Blocked() => Spend(ref _blocked);

    public void CountItem() => Interlocked.Increment(ref _items);

    public StageSnapshot Snapshot() => new(
        Name, Interlocked.Read(ref _items), Seconds(ref _busy), Seconds(ref _waiting), Seconds(ref _blocked));

    private static double Seconds(ref long ticks) => (double)Interlocked.Read(ref ticks) / Stopwatch.Frequency;

    private void Spend(ref long account)
    {
        var now = Stopwatch.GetTimestamp();
        Interlocked.Add(ref account, now - _mark);
        _mark = now;
    }
}
