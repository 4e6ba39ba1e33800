using System.Diagnostics;
using System.Security.Cryptography;

namespace Pggan.Host.Tests;

/// <summary>Inputs for one parser, one after the other, watched for what no input may cause.</summary>
/// <param name="target">The parser.</param>
/// <param name="folder">Where it may lay files.</param>
/// <param name="kept">Where inputs that break it are kept.</param>
internal sealed class FuzzRun(FuzzTarget target, string folder, string kept)
{
    /// <summary>Inputs have at most 64 KiB, and a parser may not take more managed memory than this for one of them.</summary>
    private const long MostBytes = 64L << 20;

    /// <summary>A guard against hanging on a machine that has much else to do; a case takes less than a millisecond.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private volatile byte[] _current = [];
    private long _started = Stopwatch.GetTimestamp();

    /// <summary>Inputs that were tried.</summary>
    public int Cases { get; private set; }

    /// <summary>Mutates seeds for a time, and at least so many.</summary>
    public Task MutateAsync(int seed, TimeSpan time, int least) => WatchAsync(async () =>
    {
        Mutator mutator = new(seed);
        Random random = new(seed);
        for (long start = Stopwatch.GetTimestamp(); Cases < least || Stopwatch.GetElapsedTime(start) < time;)
        {
            byte[] input = mutator.Mutate(Any(target.Seeds), Any(target.Seeds));
            if (target.Repair is { } repair && random.Next(4) > 0)
                input = repair(input);
            await TryAsync(input);
        }

        byte[] Any(byte[][] inputs) => inputs[random.Next(inputs.Length)];
    });

    /// <summary>Feeds such inputs.</summary>
    public Task ReplayAsync(IEnumerable<byte[]> inputs) => WatchAsync(async () =>
    {
        foreach (byte[] input in inputs)
            await TryAsync(input);
    });

    private async Task WatchAsync(Func<Task> work)
    {
        Task running = Task.Run(work);
        while (await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(1))) != running)
        {
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref _started)) > Patience)
                Assert.Fail($"{target.Name} hangs at {Keep(_current)}");
        }
        await running;
    }

    private async Task TryAsync(byte[] input)
    {
        _current = input;
        Interlocked.Exchange(ref _started, Stopwatch.GetTimestamp());
        int thread = Environment.CurrentManagedThreadId;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            await target.Parse(input, folder);
        }
        catch (Exception e) when (target.IsDocumented(e))
        {
            // As promised.
        }
        catch (Exception e)
        {
            Assert.Fail($"{target.Name} ends with {e.GetType().Name} at {Keep(input)}: {e}");
        }
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        if (taken > MostBytes)
            Assert.Fail($"{target.Name} takes {taken} bytes of memory for the {input.Length} of {Keep(input)}");
        Cases++;
    }

    /// <summary>Where the input can be found; once the parser is mended it belongs into tests/fuzz-corpus.</summary>
    private string Keep(byte[] input)
    {
        string path = Path.Combine(kept, target.Name, Convert.ToHexStringLower(SHA256.HashData(input))[..12]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, input);
        return path;
    }
}
