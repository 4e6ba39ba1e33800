using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace Pggan.Host;

/// <summary>What the OpenAPI document says of a route.</summary>
internal static class RouteDescriptions
{
    /// <summary>Name of <see cref="CommandSchemas.Reply"/> among the document's schemas.</summary>
    public const string Reply = "Reply";

    /// <summary>Name of <see cref="CommandSchemas.Error"/> there.</summary>
    public const string Error = "Error";

    private const string Json = "application/json";

    /// <summary>Names a route.</summary>
    /// <param name="route">The route.</param>
    /// <param name="name">Of the operation: camelCase, the same for ever.</param>
    /// <param name="summary">In a few words.</param>
    /// <param name="contentType">Of a good answer.</param>
    /// <param name="answers">What each status code means; those from 400 on carry {"error": …}.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder route, string name, string summary, string contentType, params (int Status, string Meaning)[] answers)
    {
        route.WithName(name).WithSummary(summary);
        foreach ((int status, string meaning) in answers)
        {
            string type = status < 400 ? contentType : Json;
            route.WithMetadata(new ProducesResponseTypeAttribute(typeof(object), status, type) { Description = meaning });
        }
        return route.AddOpenApiOperationTransformer((operation, context, _) =>
        {
            foreach (int status in answers.Select(answer => answer.Status).Where(status => status >= 400))
                operation.Responses![$"{status}"].Content![Json].Schema = new OpenApiSchemaReference(Error, context.Document);
            return Task.CompletedTask;
        });
    }

    /// <summary>Names a route that changes the training and answers with a Reply.</summary>
    /// <param name="route">The route.</param>
    /// <param name="name">Of the operation: camelCase, the same for ever.</param>
    /// <param name="summary">In a few words.</param>
    /// <param name="description">In more words.</param>
    /// <param name="body">What the request brings.</param>
    /// <param name="bodyIsRequired">Nothing is done without a body.</param>
    public static void DescribeCommand(
        this RouteHandlerBuilder route, string name, string summary, string description, OpenApiSchema? body = null, bool bodyIsRequired = false)
    {
        route.Describe(
            name, summary, Json, (200, "Carried out"), (400, "The body is not understood"), (404, "Nothing is being trained here"), (409, "Refused"), (504, "No answer in time"))
            .WithDescription(description)
            .AddOpenApiOperationTransformer((operation, context, _) =>
            {
                operation.Responses!["200"].Content![Json].Schema = new OpenApiSchemaReference(Reply, context.Document);
                if (body is not null)
                {
                    operation.RequestBody = new OpenApiRequestBody
                    {
                        Required = bodyIsRequired,
                        Content = new Dictionary<string, OpenApiMediaType> { [Json] = new OpenApiMediaType { Schema = body } },
                    };
                }
                return Task.CompletedTask;
            });
    }
}
