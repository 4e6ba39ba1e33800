using Microsoft.OpenApi;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>What machines read about the server: metrics for Prometheus, and the interface as an OpenAPI document.</summary>
internal static class Telemetry
{
    private const string MetricsPath = "/metrics";
    private const string DocumentPath = "/openapi.json";
    private const string Scheme = "bearer";

    /// <summary>Adds what <see cref="Map"/> needs.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("pggan")).WithMetrics(metrics => metrics
            .AddMeter(PipelineMeter.MeterName, TrainingMeter.MeterName)
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter());
        services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) =>
            {
                Complete(document);
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>Adds /metrics and /openapi.json.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPrometheusScrapingEndpoint(MetricsPath);
        routes.MapOpenApi(DocumentPath);
    }

    /// <summary>What can't be told of single routes.</summary>
    private static void Complete(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "pggan",
            Version = typeof(Telemetry).Assembly.GetName().Version?.ToString(3),
            Description = "Watches and steers a training. Errors are {\"error\": \"what is wrong and how to mend it\"}.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Scheme,
                Description = "The token that the training prints as part of its URL, and keeps in RUN/endpoint.json.",
            },
        };
        document.Components.Schemas = new Dictionary<string, IOpenApiSchema> { [RouteDescriptions.Reply] = CommandSchemas.Reply, [RouteDescriptions.Error] = CommandSchemas.Error };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];

        // Both are middleware, of which the document's maker does not know.
        AddPath(document, MetricsPath, "getMetricsText", "Metrics as Prometheus reads them", "text/plain");
        AddPath(document, DocumentPath, "getOpenApi", "This document", "application/json");
    }

    private static void AddPath(OpenApiDocument document, string path, string name, string summary, string contentType) =>
        document.Paths[path] = new OpenApiPathItem
        {
            Operations = new Dictionary<HttpMethod, OpenApiOperation>
            {
                [HttpMethod.Get] = new()
                {
                    OperationId = name,
                    Summary = summary,
                    Responses = new OpenApiResponses
                    {
                        ["200"] = new OpenApiResponse { Description = summary, Content = new Dictionary<string, OpenApiMediaType> { [contentType] = new OpenApiMediaType() } },
                    },
                },
            },
        };
}
