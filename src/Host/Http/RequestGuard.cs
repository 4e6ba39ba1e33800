using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Pggan.Host;

/// <summary>
/// Who may ask. A page of elsewhere, in the browser of somebody who trains here, can send requests to loopback: it gets nothing by a name that
/// it made point here (421), nothing from its own place (403), and nothing without the token (401).
/// </summary>
/// <param name="token">What every request must show.</param>
/// <param name="names">Names under which the server may be addressed, besides the address that a connection came to.</param>
internal sealed class RequestGuard(string token, IEnumerable<string> names)
{
    /// <summary>The largest body of a request in bytes.</summary>
    public const int MostBodyBytes = 64 << 10;

    private const string Scheme = "Bearer ";

    private static readonly string[] FetchSites = ["same-origin", "none"];

    private readonly byte[] _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
    private readonly FrozenSet<string> _names = names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a request is refused, whatever it asks for; null = it is not.</summary>
    public (int Status, string Error)? Refusal(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!IsOurs(request.Host, context.Connection.LocalIpAddress))
            return (StatusCodes.Status421MisdirectedRequest, $"this server is not called '{Shown(request.Host.Value)}'; use the URL that was printed, or name it with --allow-host");
        if (request.Headers.Origin is { Count: > 0 } origin && !(origin.Count == 1 && IsHere(origin[0], request.Host)))
            return (StatusCodes.Status403Forbidden, "requests from pages of elsewhere are refused");
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && !(site.Count == 1 && FetchSites.Contains(site[0])))
            return (StatusCodes.Status403Forbidden, "requests from pages of elsewhere are refused");
        if (request.ContentLength > MostBodyBytes)
            return (StatusCodes.Status413PayloadTooLarge, $"the body has more than {MostBodyBytes} bytes");
        return null;
    }

    /// <summary>True when a request shows the token, in its header and nowhere else.</summary>
    public bool IsAuthorized(HttpRequest request)
    {
        StringValues header = request.Headers.Authorization;
        string shown = header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..] : "";

        // Hashes are of one length, so that the time says nothing of the token.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), _tokenHash);
    }

    /// <summary>An address can't be made to point elsewhere, a name can.</summary>
    private bool IsOurs(HostString host, IPAddress? local) =>
        _names.Contains(host.Host) || (IPAddress.TryParse(host.Host, out IPAddress? address) && local is not null && Plain(address).Equals(Plain(local)));

    private static bool IsHere(string? origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && HostString.FromUriComponent(from) is var there
        && string.Equals(there.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && (there.Port ?? from.Port) == (host.Port ?? from.Port);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string Shown(string? host) => Pipeline.DisplayName.Of(host is null ? "" : host[..Math.Min(host.Length, 100)]);
}
