namespace Pggan.Host.Tests;

/// <summary>A server without a training, on a folder of its own.</summary>
internal sealed class IdleServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly DashboardServer _server;

    private IdleServer(TemporaryFolder folder, DashboardServer server)
    {
        _folder = folder;
        _server = server;
        Client = new ApiClient(server.Url, Token);
    }

    public string Url => _server.Url;

    public string UrlWithToken => _server.UrlWithToken;

    public string Token => TokenFile.Of(_folder.Path, out _);

    public ApiClient Client { get; }

    public static async Task<IdleServer> StartAsync(Func<ServerOptions, ServerOptions>? change = null)
    {
        TemporaryFolder folder = new();
        ServerOptions options = new() { Port = 0, TokenFolder = folder.Path };
        return new IdleServer(folder, await DashboardServer.StartAsync(
            change?.Invoke(options) ?? options, new RunStore(folder.Path, null, null), null, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
