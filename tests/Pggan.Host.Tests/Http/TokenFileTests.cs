using System.Net;

namespace Pggan.Host.Tests;

public sealed class TokenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder[TokenFile.FileName];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_token_is_32_random_bytes_that_its_owner_alone_can_read_and_is_kept()
    {
        string token = TokenFile.Of(_folder.Path, out _);
        Assert.Equal(43, token.Length);
        Assert.All(token, c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        Assert.Equal(token, TokenFile.Of(_folder.Path, out _));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        using TemporaryFolder another = new();
        Assert.NotEqual(token, TokenFile.Of(another.Path, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public void A_damaged_token_is_made_anew(string damaged)
    {
        TokenFile.Of(_folder.Path, out _);
        File.WriteAllText(FilePath, damaged);
        string token = TokenFile.Of(_folder.Path, out _);
        Assert.Equal(43, token.Length);
        Assert.Equal(token, File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_token_that_others_could_read_is_made_anew()
    {
        if (OperatingSystem.IsWindows())
            return; // rights of Unix
        string token = TokenFile.Of(_folder.Path, out _);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.NotEqual(token, TokenFile.Of(_folder.Path, out _));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void A_link_in_place_of_a_token_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links of Unix");
        using TemporaryFolder another = new();
        string token = TokenFile.Of(another.Path, out _);
        File.CreateSymbolicLink(FilePath, another[TokenFile.FileName]);
        Assert.NotEqual(token, TokenFile.Of(_folder.Path, out _));
        Assert.Equal(token, TokenFile.Of(another.Path, out _));
    }

    [Fact]
    public async Task A_token_that_cannot_be_kept_holds_as_long_as_its_server_and_that_is_told()
    {
        Directory.CreateDirectory(FilePath); // in the way
        ServerOptions options = new() { Port = 0, TokenFolder = _folder.Path };
        await using DashboardServer server = await DashboardServer.StartAsync(
            options, new RunStore(_folder.Path, null, null), null, TestContext.Current.CancellationToken);
        using ApiClient client = new(server.Url, server.UrlWithToken.Split("#token=")[1]);

        Assert.Contains("\nNote       the token can't be kept", server.Announcement, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.AskAsync("GET", "/health")).Status);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
