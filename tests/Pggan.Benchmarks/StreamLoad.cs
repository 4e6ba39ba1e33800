using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Pggan.Benchmarks;

/// <summary>
/// What listeners that hardly read cost a training: its speed and memory while nobody listens and while fifty do, in turns. Half of them read
/// nothing at all, half a byte in a while. At 4 px, where a step is shortest and an event costs most. A machine's speed wanders by more than
/// what is looked for, so the processor time that is not the trainer's is told too, in shares of one core (Linux).
/// </summary>
internal static class StreamLoad
{
    private const int Listeners = 50;
    private const int Rounds = 12;
    private const double TicksASecond = 100; // of /proc

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("pggan-streams-").FullName;
        string[] arguments = ["train", "--out", folder, "--port", "0", "--device", "cpu", "--train-kimg", "1000000", "--total-kimg", "10000000"];
        using Process training = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "pggan.dll"), .. arguments]) { RedirectStandardOutput = true })!;
        try
        {
            Uri url = await UrlAsync(training);
            using HttpClient client = new() { BaseAddress = url };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", url.Fragment["#token=".Length..]);
            await Task.Delay(Turn); // the first steps are slower
            List<(Turned Alone, Turned Watched)> turns = [];
            for (int round = 0; round < Rounds; round++)
            {
                Turned alone = await MeasureAsync(client, training), watched;
                await using (new Crowd(url, client.DefaultRequestHeaders.Authorization))
                    watched = await MeasureAsync(client, training);
                turns.Add((alone, watched));
                Console.WriteLine($"round {round + 1,2}  alone {alone}  watched {watched}");
            }
            Console.WriteLine(
                $"medians: alone {Median(turns.Select(t => t.Alone.Speed)):0}, watched {Median(turns.Select(t => t.Watched.Speed)):0} images/s, "
                + $"of the differences {Median(turns.Select(t => t.Watched.Speed / t.Alone.Speed - 1)):+0.0%;-0.0%}; "
                + $"beside the trainer {Median(turns.Select(t => t.Alone.Beside)):0.00%} and {Median(turns.Select(t => t.Watched.Beside)):0.00%} of a core");
            return 0;
        }
        finally
        {
            training.Kill(entireProcessTree: true);
            await training.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Uri> UrlAsync(Process training)
    {
        while (await training.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("Dashboard", StringComparison.Ordinal))
                continue;
            _ = training.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            return new Uri(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        }
        throw new InvalidOperationException("the training has ended before it began");
    }

    /// <summary>Images a second, cores that are busy with something else than training, bytes.</summary>
    private readonly record struct Turned(double Speed, double Beside, long Memory)
    {
        public override string ToString() => $"{Speed,6:0.0} images/s, {Beside,6:0.00%} of a core, {Memory >> 20} MB";
    }

    private static async Task<Turned> MeasureAsync(HttpClient client, Process training)
    {
        await Task.Delay(Settle);
        (double images, double seconds, long since) = (await ImagesAsync(client), SecondsBeside(training), Stopwatch.GetTimestamp());
        await Task.Delay(Turn);
        (images, seconds) = (await ImagesAsync(client) - images, SecondsBeside(training) - seconds);
        double elapsed = Stopwatch.GetElapsedTime(since).TotalSeconds;
        return new Turned(images / elapsed, seconds / elapsed, training.WorkingSet64);
    }

    /// <summary>Processor time of all threads but the trainer's and libtorch's, which bear its name.</summary>
    private static double SecondsBeside(Process training)
    {
        training.Refresh();
        double trainer = 0;
        foreach (string thread in OperatingSystem.IsLinux() ? Directory.GetDirectories($"/proc/{training.Id}/task") : [])
        {
            if (File.ReadAllText($"{thread}/comm").StartsWith("gpu-dispatcher", StringComparison.Ordinal))
                trainer += File.ReadAllText($"{thread}/stat").Split(") ")[1].Split(' ')[11..13].Sum(double.Parse) / TicksASecond;
        }
        return training.TotalProcessorTime.TotalSeconds - trainer;
    }

    private static async Task<double> ImagesAsync(HttpClient client)
    {
        using JsonDocument status = JsonDocument.Parse(await client.GetStringAsync("/api/status"));
        return status.RootElement.GetProperty("images").GetDouble();
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Listeners while they are there.</summary>
    private sealed class Crowd : IAsyncDisposable
    {
        private readonly List<Socket> _sockets = [];
        private readonly Timer _slow;

        public Crowd(Uri url, AuthenticationHeaderValue authorization)
        {
            byte[] request = Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: {authorization}\r\n\r\n");
            for (int i = 0; i < Listeners; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                socket.Connect(url.Host, url.Port);
                socket.Send(request);
                _sockets.Add(socket);
            }
            byte[] one = new byte[1];
            _slow = new Timer(_ => _sockets.Take(Listeners / 2).Where(s => s.Available > 0).ToList().ForEach(s => s.Receive(one)), null, 100, 100);
        }

        public async ValueTask DisposeAsync()
        {
            await _slow.DisposeAsync();
            _sockets.ForEach(socket => socket.Dispose());
        }
    }
}
