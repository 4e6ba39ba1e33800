using System.Text.Json;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>
/// A folder that any web server can serve: a page, the generator as ONNX, what the page needs to know of it, and onnxruntime-web where the user
/// names it. The page asks no other host.
/// </summary>
internal static class WebExport
{
    private const string Prefix = "WebDemo/";

    /// <summary>Where the page looks for onnxruntime-web, in its own folder.</summary>
    private const string RuntimeFolder = "runtime";

    /// <summary>What of onnxruntime-web the page loads.</summary>
    private static readonly string[] RuntimeFiles = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Writes the folder, the page last; each file is whole or absent.</summary>
    /// <param name="folder">Made when it is not there.</param>
    /// <param name="runtime">Folder of onnxruntime-web's files, or null to leave them out.</param>
    /// <param name="generator">The weights and the stage.</param>
    /// <param name="cancellationToken">Ends it between two files.</param>
    public static void Write(string folder, string? runtime, GeneratorSnapshot generator, CancellationToken cancellationToken)
    {
        NetworkArchitecture architecture = generator.Architecture;
        if (architecture.Channels is not (1 or 3 or 4))
            throw new UserException($"--format web: the page shows images of 1, 3 or 4 channels, and these have {architecture.Channels}.");
        if (runtime is not null && RuntimeFiles.FirstOrDefault(name => !File.Exists(Path.Combine(runtime, name))) is { } missing)
            throw new UserException($"--runtime {runtime} has no {missing}; name the folder 'dist' of the npm package onnxruntime-web.");

        Directory.CreateDirectory(folder);
        Replace("generator.onnx", file => OnnxExporter.Write(file, generator, cancellationToken));
        Replace("generator.json", file => JsonSerializer.Serialize(file, new
        {
            Width = architecture.WidthAt(generator.Stage.Resolution),
            Height = architecture.HeightAt(generator.Stage.Resolution),
            architecture.Channels,
            architecture.Latents,
            Labels = architecture.LabelSize,
            LabelGroups = architecture.LabelGroups ?? (architecture.LabelSize > 0 ? [architecture.LabelSize] : []),
            generator.LabelNames,
        }, Json));
        if (runtime is not null)
        {
            Directory.CreateDirectory(Path.Combine(folder, RuntimeFolder));
            foreach (string name in RuntimeFiles)
            {
                using FileStream content = File.OpenRead(Path.Combine(runtime, name));
                Replace(Path.Combine(RuntimeFolder, name), content.CopyTo);
            }
        }
        foreach (string name in new[] { "style.css", "latents.js", "page.js", "index.html" })
        {
            using Stream content = typeof(WebExport).Assembly.GetManifestResourceStream(Prefix + name)!;
            Replace(name, content.CopyTo);
        }

        void Replace(string name, Action<Stream> write) => Durable.Replace(Path.Combine(folder, name), write, cancellationToken);
    }
}
