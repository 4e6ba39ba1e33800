using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pggan.Host;

/// <summary>
/// A port that is this process's own, on which nothing may be served yet, and the certificate for it. It is taken before anything of a run is made,
/// so that a run never fails half begun for want of a port.
/// </summary>
internal sealed class ListenPort : IDisposable
{
    private ListenPort(ServerOptions options, Socket socket, X509Certificate2? certificate, string? note)
    {
        Options = options;
        Socket = socket;
        Certificate = certificate;
        Note = note;
    }

    /// <summary>What was asked for.</summary>
    public ServerOptions Options { get; }

    /// <summary>Listens.</summary>
    public Socket Socket { get; }

    /// <summary>For TLS; null = none.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>What a person should know of the choice of the port; null = nothing.</summary>
    public string? Note { get; }

    /// <summary>The address with its port.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)Socket.LocalEndPoint!;

    /// <summary>Takes a port.</summary>
    /// <exception cref="UserException">It is taken or forbidden, the address is not this machine's, or it needs a certificate that is missing or unusable.</exception>
    public static ListenPort Take(ServerOptions options)
    {
        Check(options);
        X509Certificate2? certificate = options.Certificate is { } file ? ReadCertificate(file, options.CertificateKey) : null;
        try
        {
            (Socket socket, string? note) = Bind(options);
            return new ListenPort(options, socket, certificate, note);
        }
        catch
        {
            certificate?.Dispose();
            throw;
        }
    }

    /// <summary>Fails for what no port could be taken with.</summary>
    /// <exception cref="UserException">A certificate is missing.</exception>
    public static void Check(ServerOptions options)
    {
        if (options.Certificate is null && options.CertificateKey is not null)
            throw new UserException("--tls-key is the key of a certificate; give --tls-certificate, too.");
        if (options.Certificate is null && !IPAddress.IsLoopback(options.Address))
            throw new UserException(
                $"--listen {options.Address} can be reached from other machines, and without TLS everybody on the way reads the token.\n" +
                "Give --tls-certificate FILE, or listen on 127.0.0.1 and forward the port with ssh -L.");
    }

    public void Dispose()
    {
        Socket.Dispose();
        Certificate?.Dispose();
    }

    private static (Socket Socket, string? Note) Bind(ServerOptions options)
    {
        int port = options.Port ?? ServerOptions.UsualPort;
        try
        {
            return (Bind(options.Address, port), null);
        }
        catch (SocketException e) when (options.Port is null && e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return (Bind(options.Address, 0), $"port {port} is taken");
        }
        catch (SocketException e)
        {
            throw new UserException(
                e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"--port {port} is taken by another program; name another one, or 0 for any that is free."
                    : $"{options.Address} port {port} can't be listened on: {e.Message}. Choose others with --listen and --port.",
                ExitCodes.Usage, e);
        }
    }

    private static Socket Bind(IPAddress address, int port)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));

            // On Unix two may be bound to one port, but a single one can listen. Whoever connects before anything is served waits.
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509Certificate2 ReadCertificate(string file, string? key)
    {
        try
        {
            bool isPem = key is not null || X509Certificate2.GetCertContentType(file) == X509ContentType.Cert;
            X509Certificate2 certificate = isPem ? X509Certificate2.CreateFromPemFile(file, key) : X509CertificateLoader.LoadPkcs12FromFile(file, null);
            return certificate.HasPrivateKey
                ? certificate
                : throw new UserException($"--tls-certificate {file} has no private key; give --tls-key FILE, or a PFX without a password.");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserException($"--tls-certificate {file} can't be used: {e.Message.TrimEnd('.')}. It must be a PEM with its key (--tls-key FILE), or a PFX without a password.", ExitCodes.Usage, e);
        }
    }
}
