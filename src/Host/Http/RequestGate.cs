using System.Text.Json.Nodes;
using Akka.Actor;

namespace Pggan.Host;

/// <summary>What every request passes, in order: headers on, errors turned into JSON, the guard, the page's files, the rate, the token.</summary>
/// <param name="guard">Who may ask.</param>
/// <param name="rates">How often.</param>
internal sealed class RequestGate(RequestGuard guard, RequestRates rates)
{
    /// <summary>Puts it before the routes.</summary>
    public void Use(IApplicationBuilder app, PageFiles page)
    {
        app.Use(AnswerErrorsAsync);
        app.UseStatusCodePages(status => SayAsync(status.HttpContext, status.HttpContext.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "there is no such route; GET /openapi.json lists them",
            StatusCodes.Status405MethodNotAllowed => "this route has other methods",
            var other => $"refused with status {other}",
        }));
        app.Use(GuardAsync);
        page.Use(app); // before the rate: whoever guesses tokens does not keep the page from its owner
        app.Use(CountAsync);
        app.Use(RequireTokenAsync);
    }

    private async Task AnswerErrorsAsync(HttpContext context, RequestDelegate next)
    {
        SecurityHeaders.Add(context.Response.Headers);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to hear an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            (int status, string message) = e switch
            {
                RequestException => (StatusCodes.Status400BadRequest, e.Message),
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
                    (StatusCodes.Status413PayloadTooLarge, $"the body has more than {RequestGuard.MostBodyBytes} bytes"),
                BadHttpRequestException bad => (bad.StatusCode, bad.Message),
                AskTimeoutException => (StatusCodes.Status504GatewayTimeout, "the training does not answer"),
                _ => (StatusCodes.Status500InternalServerError, $"a defect of ours: {e.GetType().Name}: {e.Message}"),
            };
            await RefuseAsync(context, status, message);
        }
    }

    private Task GuardAsync(HttpContext context, RequestDelegate next) =>
        guard.Refusal(context) is (int status, string error) ? TurnAwayAsync(context, status, error) : next(context);

    private Task CountAsync(HttpContext context, RequestDelegate next)
    {
        bool isAuthorized = guard.IsAuthorized(context.Request);
        if (rates.TryTake(isAuthorized))
            return next(context);
        const string TooMany = "too many requests; 50 a second are answered";
        return isAuthorized ? RefuseAsync(context, StatusCodes.Status429TooManyRequests, TooMany) : TurnAwayAsync(context, StatusCodes.Status429TooManyRequests, TooMany);
    }

    private Task RequireTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (guard.IsAuthorized(context.Request))
            return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return TurnAwayAsync(context, StatusCodes.Status401Unauthorized, "show the token of the printed URL: Authorization: Bearer TOKEN");
    }

    /// <summary>A stranger shall not hold one of the connections.</summary>
    private static Task TurnAwayAsync(HttpContext context, int status, string error)
    {
        context.Response.Headers.Connection = "close";
        return RefuseAsync(context, status, error);
    }

    private static Task RefuseAsync(HttpContext context, int status, string error)
    {
        context.Response.StatusCode = status;
        return SayAsync(context, error);
    }

    private static Task SayAsync(HttpContext context, string error)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(new JsonObject { ["error"] = error }.ToJsonString(), context.RequestAborted);
    }
}
