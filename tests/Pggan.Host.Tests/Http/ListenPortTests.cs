using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pggan.Host.Tests;

public sealed class ListenPortTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_port_is_taken_once_before_anything_is_served_on_it()
    {
        using ListenPort port = ListenPort.Take(new ServerOptions { Port = 0 });
        UserException refused = Assert.Throws<UserException>(() => ListenPort.Take(new ServerOptions { Port = port.EndPoint.Port }));
        Assert.Contains($"--port {port.EndPoint.Port} is taken", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_none_was_named_another_port_is_taken_and_said()
    {
        using Socket? other = TakeUsual();
        using ListenPort port = ListenPort.Take(new ServerOptions());
        Assert.NotEqual(ServerOptions.UsualPort, port.EndPoint.Port);
        Assert.Contains($"port {ServerOptions.UsualPort} is taken", port.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_loopback_there_is_no_server_without_TLS()
    {
        UserException refused = Assert.Throws<UserException>(() => ListenPort.Take(new ServerOptions { Port = 0, Address = IPAddress.Any }));
        Assert.Contains("--tls-certificate", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--tls-key", Assert.Throws<UserException>(() => ListenPort.Take(new ServerOptions { CertificateKey = "key" })).Message, StringComparison.Ordinal);

        // PEM in two files, PEM in one, PFX.
        MakeCertificate();
        foreach ((string file, string? keyFile) in new[] { (_folder["certificate.pem"], _folder["key.pem"]), (_folder["both.pem"], null), (_folder["both.pfx"], (string?)null) })
        {
            await using IdleServer server = await IdleServer.StartAsync(o => o with { Address = IPAddress.Any, Certificate = file, CertificateKey = keyFile });
            Assert.StartsWith("https://127.0.0.1:", server.Url, StringComparison.Ordinal);
            using HttpClient client = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true });
            client.DefaultRequestHeaders.Authorization = new("Bearer", server.Token);
            using HttpResponseMessage answer = await client.GetAsync(server.Url + "/health", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public void A_certificate_that_is_none_is_refused_in_words()
    {
        MakeCertificate();
        File.WriteAllText(_folder["notes.txt"], "notes");
        foreach (string file in new[] { _folder["certificate.pem"], _folder["notes.txt"], _folder["nowhere"] })
        {
            UserException refused = Assert.Throws<UserException>(() => ListenPort.Take(new ServerOptions { Port = 0, Certificate = file }));
            Assert.Contains($"--tls-certificate {file}", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Fact]
    public async Task The_printed_URL_carries_the_token_where_no_server_sees_it()
    {
        await using IdleServer server = await IdleServer.StartAsync();
        Assert.Equal($"{server.Url}/#token={server.Token}", server.UrlWithToken);
    }

    /// <summary>Null = another program has it.</summary>
    private static Socket? TakeUsual()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, ServerOptions.UsualPort));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private void MakeCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string certificatePem = certificate.ExportCertificatePem() + "\n", keyPem = key.ExportPkcs8PrivateKeyPem() + "\n";
        File.WriteAllText(_folder["certificate.pem"], certificatePem);
        File.WriteAllText(_folder["key.pem"], keyPem);
        File.WriteAllText(_folder["both.pem"], certificatePem + keyPem);
        File.WriteAllBytes(_folder["both.pfx"], certificate.Export(X509ContentType.Pfx));
    }
}
