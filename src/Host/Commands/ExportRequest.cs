namespace Pggan.Host;

/// <summary>What the command line of export asks for.</summary>
internal sealed record ExportRequest
{
    /// <summary>What is exported.</summary>
    public required NetworkRequest Network { get; init; }

    /// <summary>One of <see cref="ExportCommand.Formats"/>.</summary>
    public required string Format { get; init; }

    /// <summary>File, or folder of a page.</summary>
    public required string Out { get; init; }

    /// <summary>Folder that holds onnxruntime-web; null = the page looks for it beside itself.</summary>
    public string? Runtime { get; init; }
}
