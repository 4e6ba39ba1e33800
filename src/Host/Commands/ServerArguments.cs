using System.CommandLine;
using System.Globalization;
using System.Net;

namespace Pggan.Host;

/// <summary>The options that say where the dashboard is served, for every command that serves it.</summary>
internal sealed class ServerArguments
{
    private const int LastPort = 65535;

    private readonly Option<string> _port = new("--port") { Description = $"Port of the dashboard ({ServerOptions.UsualPort}; 0 = any free one).", HelpName = "N" };
    private readonly Option<string> _listen = new("--listen") { Description = "Address to listen on (127.0.0.1); any but loopback needs --tls-certificate.", HelpName = "ADDRESS" };
    private readonly Option<string> _certificate = new("--tls-certificate") { Description = "Certificate for TLS: a PEM, or a PFX without a password.", HelpName = "FILE" };
    private readonly Option<string> _key = new("--tls-key") { Description = "Key of a PEM certificate that does not hold it.", HelpName = "FILE" };
    private readonly Option<string[]> _hosts = new("--allow-host") { Description = "A further name under which browsers may reach the dashboard; may be repeated.", HelpName = "NAME" };

    /// <summary>Adds them to a command.</summary>
    public ServerArguments(Command command)
    {
        foreach (Option option in All)
            command.Add(option);
    }

    private Option[] All => [_port, _listen, _certificate, _key, _hosts];

    /// <summary>True when one of them was given.</summary>
    public bool AreGiven(ParseResult parsed) => All.Any(o => parsed.GetResult(o) is { Implicit: false });

    /// <summary>What was given.</summary>
    /// <exception cref="UserException">A value can't be.</exception>
    public ServerOptions Read(ParseResult parsed) => new()
    {
        Port = parsed.GetValue(_port) is { } port ? PortOf(port) : null,
        Address = parsed.GetValue(_listen) is { } address ? AddressOf(address) : IPAddress.Loopback,
        Certificate = parsed.GetValue(_certificate),
        CertificateKey = parsed.GetValue(_key),
        AllowedHosts = [.. (parsed.GetValue(_hosts) ?? []).Select(HostOf)],
    };

    private static int PortOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= LastPort
            ? port
            : throw new UserException($"--port {text} is no port; it must be from 0 (any free one) to {LastPort}.");

    private static IPAddress AddressOf(string text) => text == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(text, out IPAddress? address) ? address
        : throw new UserException($"--listen {text} is no address; write one of this machine's, such as 127.0.0.1, 0.0.0.0 or ::1.");

    private static string HostOf(string name) => Uri.CheckHostName(name) is not UriHostNameType.Unknown
        ? name
        : throw new UserException($"--allow-host {name} is no name of a host; leave scheme and port out.");
}
