using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pggan.Host;

/// <summary>
/// Talks to one training over HTTP. The token goes to its address alone: no redirect is followed, no proxy used, no cookie kept.
/// </summary>
internal sealed class RunClient : IDisposable
{
    private const long LongestAnswer = 256L << 20;

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = LongestConnect,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each request has its own
        MaxResponseContentBufferSize = LongestAnswer,
    };

    /// <summary>For a training.</summary>
    public RunClient(Endpoint endpoint) => Endpoint = endpoint;

    /// <summary>Which training.</summary>
    public Endpoint Endpoint { get; private set; }

    /// <summary>How long a question may take that needs no actor.</summary>
    public static TimeSpan ToRead { get; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a command may take: the server answers after 60 s at the latest.</summary>
    public static TimeSpan ToAct { get; } = TimeSpan.FromSeconds(75);

    /// <summary>How long the end may take: the server answers after 180 s at the latest.</summary>
    public static TimeSpan ToStop { get; } = TimeSpan.FromSeconds(200);

    /// <summary>Looks where the run's training is now: one that was resumed has another port.</summary>
    public void Renew() => Endpoint = Endpoint.Run is { } run && Endpoint.OfRun(run) is { } now ? now : Endpoint;

    /// <summary>Asks for an object.</summary>
    /// <exception cref="UserException">There was no answer, or a refusal.</exception>
    public async Task<JsonObject> GetAsync(string path, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Get, path, null, ToRead, cancellationToken)).Accepted();

    /// <summary>Asks for something.</summary>
    /// <param name="method">GET, POST or PATCH.</param>
    /// <param name="path">From "/api/…" on.</param>
    /// <param name="body">Null = none.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer, a refusal included.</returns>
    /// <exception cref="UserException">There was none that could be understood.</exception>
    public async Task<RunReply> SendAsync(HttpMethod method, string path, JsonObject? body, TimeSpan patience, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(patience);
        try
        {
            using HttpRequestMessage request = Request(method, path);
            if (body is not null)
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, late.Token);
            return await ReadAsync(response, late.Token);
        }
        catch (HttpRequestException e)
        {
            throw new UserException(Describe(e), ExitCodes.Usage, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UserException($"The training of {Endpoint.Name} did not answer within {patience.TotalSeconds:0} s; 'pggan status' shows whether it still does.", ExitCodes.Usage, e);
        }
    }

    /// <summary>Begins to read the stream of events.</summary>
    /// <param name="after">Id of the last event that was read; null = from now on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HttpRequestException">Nothing answers.</exception>
    /// <exception cref="OperationCanceledException">Given up, or too late.</exception>
    /// <exception cref="UserException">It is refused.</exception>
    public async Task<HttpResponseMessage> OpenStreamAsync(string? after, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(ToRead);
        using HttpRequestMessage request = Request(HttpMethod.Get, "/api/stream");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (after is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", after);
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late.Token);
        if (response is { StatusCode: HttpStatusCode.OK, Content.Headers.ContentType.MediaType: "text/event-stream" })
            return response;
        using (response)
        {
            (await ReadAsync(response, late.Token)).Accepted();
            throw NoTraining(response.StatusCode);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, new Uri(Endpoint.Address, path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", Endpoint.Token) },
    };

    private async Task<RunReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if ((int)response.StatusCode is >= 300 and < 400)
            throw new UserException($"{Endpoint.Name} sends elsewhere ({(int)response.StatusCode}), which no training does; the token was not sent there.");
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            throw new UserException($"{Endpoint.Name} does not know this token; give the URL that the training printed, or name its run with --run.");
        try
        {
            await using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonNode.ParseAsync(content, cancellationToken: cancellationToken) is JsonObject body
                ? new RunReply(response.StatusCode, body)
                : throw NoTraining(response.StatusCode);
        }
        catch (JsonException)
        {
            throw NoTraining(response.StatusCode);
        }
    }

    private UserException NoTraining(HttpStatusCode status) =>
        new($"{Endpoint.Name} answers as no training does ({(int)status}, not JSON); check the URL.");

    private string Describe(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => LiveRuns.NoLongerAnswers(Endpoint),
        HttpRequestError.NameResolutionError => $"There is no machine {Endpoint.Address.Host}; check the URL.",
        HttpRequestError.SecureConnectionError => $"{Endpoint.Name} is not trusted: {Reason(e)}\nAdd its certificate to those that this system trusts.",
        HttpRequestError.ConfigurationLimitExceeded => $"The answer of {Endpoint.Name} is longer than {Say.Memory(LongestAnswer)}.",
        _ => $"The training of {Endpoint.Name} broke off before it answered: {Reason(e)}",
    };

    private static string Reason(HttpRequestException e) => (e.InnerException ?? e).Message.ReplaceLineEndings(" ");
}
