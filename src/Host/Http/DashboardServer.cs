using System.Net;
using Akka.Actor;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Pggan.Host;

/// <summary>
/// The HTTP interface of docs/http.md while it lives. It takes nothing from the environment or from files but its options: who starts a training
/// in some folder does not open what that folder wishes.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const int MostConnections = 256;

    /// <summary>For requests that are being answered, once the training has ended.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(3);

    private readonly WebApplication _app;
    private readonly ListenPort _port;
    private readonly RequestRates _rates;
    private readonly LiveTraining? _live;
    private readonly string _token;
    private readonly string? _unkept;
    private string? _untold;

    private DashboardServer(ListenPort port, RunStore runs, LiveTraining? live)
    {
        _port = port;
        _token = TokenFile.Of(live?.Run ?? port.Options.TokenFolder, out _unkept);
        _live = live;
        _rates = new RequestRates();
        Stream = live is null ? null : new EventStream();
        Url = UrlOf(port);
        _app = Build(port);
        new RequestGate(new RequestGuard(_token, NamesOf(port.Options)), _rates).Use(_app, PageFiles.OfTheProgram);
        _app.UseRouting();
        new StatusEndpoints(runs, live, Stream).Map(_app);
        new StreamEndpoint(Stream).Map(_app);
        new ControlEndpoints(live).Map(_app);
        ReadingEndpoints.Map(_app, runs, live?.Source);
        Telemetry.Map(_app);
    }

    /// <summary>Where it is: http://127.0.0.1:PORT.</summary>
    public string Url { get; }

    /// <summary>The same for a browser, which keeps what follows # to itself.</summary>
    public string UrlWithToken => $"{Url}/#token={_token}";

    /// <summary>The line that tells a person where to look. It holds the token, so it belongs on a terminal and into no log.</summary>
    public string Announcement =>
        $"Dashboard  {UrlWithToken}{(_port.Note is { } note ? $" ({note})" : "")}"
        + (_unkept is null ? "" : $"\nNote       the token can't be kept in a file, so that the next start has another one: {_unkept}")
        + (_untold is null ? "" : $"\nNote       the address can't be kept in the run, so that pggan status and the like need --url: {_untold}");

    /// <summary>What happens in the training; null = none.</summary>
    public EventStream? Stream { get; }

    /// <summary>Takes a port and serves.</summary>
    /// <exception cref="UserException">The port can't be had; the message says why.</exception>
    public static Task<DashboardServer> StartAsync(ServerOptions options, RunStore runs, LiveTraining? live, CancellationToken cancellationToken) =>
        StartAsync(ListenPort.Take(options), runs, live, cancellationToken);

    /// <summary>Serves on a port that is this process's already, and tells programs of a live training where.</summary>
    /// <exception cref="UserException">The port can't be listened on.</exception>
    public static async Task<DashboardServer> StartAsync(ListenPort port, RunStore runs, LiveTraining? live, CancellationToken cancellationToken)
    {
        DashboardServer? server = null;
        try
        {
            server = new DashboardServer(port, runs, live);
            await server._app.StartAsync(cancellationToken);
            if (live is not null)
            {
                IActorRef actor = live.Actors.ActorOf(StreamActor.Props(live, server.Stream!), "stream");
                server.Stream!.Joined = () => actor.Tell(StreamActor.ListenerJoined.Instance);
                server.Tell(live.Run);
            }
            return server;
        }
        catch (Exception e)
        {
            if (server is not null)
                await server.DisposeAsync();
            port.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new UserException($"The dashboard can't be served: {e.Message}\nChoose another --port.", ExitCodes.Usage, e);
            throw;
        }
    }

    /// <summary>Writes where it is into the run's folder. A training does not end for want of room there.</summary>
    private void Tell(string run)
    {
        try
        {
            new EndpointFile(Url, _token, Environment.ProcessId).Write(run);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _untold = e.Message;
        }
    }

    /// <summary>Tells the streams of the end, answers what is being asked, and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_live is not null)
            EndpointFile.Remove(_live.Run);
        if (Stream is not null)
        {
            // The outcome is on its way to the stream, if there is one.
            await Task.WhenAny(Stream.Ended, Task.Delay(LongestEnd));
            Stream.Close();
        }
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _live?.Meter.Dispose();
        _rates.Dispose();
        _port.Dispose();
    }

    private static WebApplication Build(ListenPort port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Services.AddRouting();
        builder.Services.AddResponseCompression(compression => compression.EnableForHttps = true);
        builder.Services.AddSingleton<IHostLifetime, HostsOwnLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = LongestEnd);
        builder.Services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = _ => port.Socket);
        Telemetry.Add(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            kestrel.Listen(port.EndPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (port.Certificate is { } certificate)
                    listen.UseHttps(certificate);
            });
        });
        return builder.Build();
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestBodySize = RequestGuard.MostBodyBytes;
        kestrel.Limits.MaxRequestLineSize = 4 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }

    private static string UrlOf(ListenPort port)
    {
        // Nobody can go to "any address".
        IPAddress address = port.EndPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback
            : port.EndPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : port.EndPoint.Address;
        return $"{(port.Certificate is null ? "http" : "https")}://{new IPEndPoint(address, port.EndPoint.Port)}";
    }

    private static IEnumerable<string> NamesOf(ServerOptions options) =>
    [
        "localhost", .. options.AllowedHosts, .. IPAddress.IsLoopback(options.Address) ? [] : (string[])[Environment.MachineName],
    ];

    /// <summary>Signals are for whoever trains: the server ends when it is told to.</summary>
    private sealed class HostsOwnLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
