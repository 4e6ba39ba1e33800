using System.Text.RegularExpressions;

namespace Pggan.Host;

/// <summary>Where a training is talked to, and what every request shows.</summary>
/// <param name="Address">Scheme, host and port.</param>
/// <param name="Token">Goes to this address and nowhere else.</param>
/// <param name="Run">Folder of the run; null where only an address was given.</param>
internal sealed partial record Endpoint(Uri Address, string Token, string? Run)
{
    private const string TokenPart = "#token=";

    /// <summary>The training as a message names it.</summary>
    public string Name => Run is null ? Address.GetLeftPart(UriPartial.Authority) : Path.GetFileName(Run);

    /// <summary>From the URL that a training prints.</summary>
    /// <exception cref="UserException">It is none, has no token, or would send the token in the clear.</exception>
    public static Endpoint Parse(string url)
    {
        Uri address = Checked(url, $"--url {WithoutToken(url)}");
        return address.Fragment.StartsWith(TokenPart, StringComparison.Ordinal)
            ? new Endpoint(address, CheckedToken(Uri.UnescapeDataString(address.Fragment[TokenPart.Length..]), "--url"), null)
            : throw new UserException($"--url {url} has no token; give the whole URL that the training printed, with {TokenPart}…, or name the run with --run.");
    }

    /// <summary>
    /// From the endpoint file of a run, or null where nothing trains it. What a killed training left is no endpoint: another process may listen
    /// there now, and is not to be shown the token.
    /// </summary>
    /// <exception cref="UserException">The file names what no training would.</exception>
    public static Endpoint? OfRun(string run)
    {
        string file = Path.Combine(run, EndpointFile.FileName);
        return EndpointFile.Of(run) is { Url: { } url, Token: { } token } known && RunLock.IsHeldBy(run, known.Pid) ? new Endpoint(Checked(url, file), CheckedToken(token, file), run) : null;
    }

    private static Uri Checked(string url, string where)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps) || address.Host.Length == 0)
            throw new UserException($"{where} is no URL of a training; it looks like http://127.0.0.1:7433/{TokenPart}…");
        return address.Scheme == Uri.UriSchemeHttps || address.IsLoopback
            ? address
            : throw new UserException($"{where}: http to another machine would show the token to all between; use https there.");
    }

    private static string CheckedToken(string token, string where) => Tokens().IsMatch(token)
        ? token
        : throw new UserException($"The token of {where} is none: it has letters, digits, and - . _ ~ + / = alone.");

    private static string WithoutToken(string url) => url.Split('#')[0];

    /// <summary>What RFC 6750 allows.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9._~+/=-]+\z")]
    private static partial Regex Tokens();
}
