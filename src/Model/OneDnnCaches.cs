using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// What oneDNN (3.7.1) has noted of the processor's caches, in libtorch's own memory. Where an AMD processor lists none it notes three of one byte
/// each, and cuts its work to fit them: reorders into blocked layouts then drop numbers. Where it knows of none it guesses their sizes, and is right.
/// </summary>
internal static class OneDnnCaches
{
    /// <summary>Bytes of up to ten caches, cores that share each of them, and how many there are (Xbyak::util::Cpu).</summary>
    private static readonly uint[] OneByteEach = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3];

    /// <summary>
    /// Sets the number of caches to none where such a note is found, exactly once; elsewhere it changes nothing. Convolutions that were
    /// prepared before stay as they are, so no other may come first.
    /// </summary>
    public static void ForgetThoseOfOneByte()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using (DisposeScope scope = NewDisposeScope())
            nn.functional.conv2d(zeros(1, 1, 4, 4), zeros(1, 1, 4, 4), strides: [4L, 4L]); // oneDNN takes its note; no network has this shape
        List<nint> found = [];
        foreach ((nint start, nint end) in WritableMemory("/libtorch_cpu.so"))
            Find(start, end, found);
        if (found is [nint note])
            Words(note, OneByteEach.Length)[^1] = 0;
    }

    private static void Find(nint start, nint end, List<nint> found)
    {
        Span<uint> words = Words(start, (int)((end - start) / sizeof(uint)));
        for (int at = 0, next; (next = words[at..].IndexOf(OneByteEach)) >= 0; at += next + 1)
            found.Add(start + (at + next) * sizeof(uint));
    }

    private static unsafe Span<uint> Words(nint start, int count) => new((void*)start, count);

    /// <summary>
    /// A library's variables: what is read from its file, and what begins as zeros right behind. No farther: other memory may go away while it is read.
    /// </summary>
    private static IEnumerable<(nint Start, nint End)> WritableMemory(string library)
    {
        nint behind = 0;
        foreach (string line in File.ReadAllLines("/proc/self/maps")) // 7f0000001000-7f0000002000 rw-p 00000000 fe:00 1234   /path
        {
            string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            nint[] range = [.. fields[0].Split('-').Select(hex => nint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            bool its = fields is [.., var path] && path.EndsWith(library, StringComparison.Ordinal), unnamed = fields.Length == 5;
            if (!its && !(unnamed && range[0] == behind))
                continue;
            behind = its ? range[1] : 0;
            if (fields[1] == "rw-p" && range[1] - range[0] < int.MaxValue)
                yield return (range[0], range[1]);
        }
    }
}
