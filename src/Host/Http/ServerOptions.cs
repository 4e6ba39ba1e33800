using System.Net;

namespace Pggan.Host;

/// <summary>Where the dashboard is served, and to whom.</summary>
internal sealed record ServerOptions
{
    /// <summary>The port that is taken where none is named.</summary>
    public const int UsualPort = 7433;

    /// <summary>Port; 0 = any free one, null = <see cref="UsualPort"/>, or any where that is taken.</summary>
    public int? Port { get; init; }

    /// <summary>Address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>A certificate in PEM or PFX, which anything but loopback needs; null = no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>The key of a PEM certificate, where it is not in the same file.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Names under which the server may be addressed, besides its addresses and localhost.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Folder that keeps the token where nothing is being trained; a run keeps its own.</summary>
    public string TokenFolder { get; init; } = ".";
}
