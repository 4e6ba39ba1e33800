using System.Globalization;
using System.Text;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The folder of what invert found; each file is whole or absent.</summary>
/// <param name="folder">Made when it is not there.</param>
/// <param name="architecture">Of the network that makes such images.</param>
/// <param name="resolution">Of all images.</param>
internal sealed class InvertFolder(string folder, NetworkArchitecture architecture, int resolution)
{
    /// <summary>Resolution that small images are enlarged to where people look at them.</summary>
    private const int Visible = 64;

    /// <summary>The latents, and labels where the network is conditional: what sample --latents reads.</summary>
    public void WriteLatents(IReadOnlyList<InversionResult> results)
    {
        List<KeyValuePair<string, HostTensor>> tensors = [KeyValuePair.Create("z", Rows(results.Select(r => r.Latent)))];
        if (results[0].Label is not null)
            tensors.Add(KeyValuePair.Create("labels", Rows(results.Select(r => r.Label!))));
        Durable.Replace(In("latent.safetensors"), file => Safetensors.Write(file, tensors, null));
    }

    /// <summary>A row for each image: the target, the best at moments of the search, what was found.</summary>
    public void WriteProgress(IReadOnlyList<byte[]> targets, IReadOnlyList<InversionResult> results)
    {
        byte[][] cells = [.. targets.Zip(results).SelectMany(pair => new[] { pair.First }.Concat(pair.Second.Moments).Append(pair.Second.Image))];
        WriteGrid("progress.png", cells, cells.Length / targets.Count);
    }

    /// <summary>Each image of a way, and all of them in one.</summary>
    /// <param name="frames">[N, C, H, W].</param>
    public void WriteWalk(byte[] frames)
    {
        byte[][] images = [.. frames.Chunk(architecture.BytesAt(resolution))];
        foreach ((int number, byte[] image) in images.Index())
            Durable.Replace(In($"frame{number.ToString("D3", CultureInfo.InvariantCulture)}.png"), ImageCodec.EncodePng(image, architecture.Channels, Width, Height));
        WriteGrid("walk.png", images, (int)Math.Ceiling(Math.Sqrt(images.Length)));
    }

    /// <summary>The numbers.</summary>
    public void WriteReport(InvertReport report) => Durable.Replace(In("result.json"), Encoding.UTF8.GetBytes(report.ToJson() + "\n"));

    private void WriteGrid(string name, byte[][] images, int columns)
    {
        int factor = Math.Max(1, Visible / resolution), width = columns * factor * Width;
        byte[] raster = ImageGrid.Compose(images.SelectMany(i => i).ToArray(), architecture.Channels, Width, Height, columns, factor);
        Durable.Replace(In(name), ImageCodec.EncodePng(raster, architecture.Channels, width, raster.Length / architecture.Channels / width));
    }

    private int Width => architecture.WidthAt(resolution);

    private int Height => architecture.HeightAt(resolution);

    private string In(string name) => Path.Combine(folder, name);

    private static HostTensor Rows(IEnumerable<HostTensor> rows)
    {
        HostTensor[] all = [.. rows];
        return new HostTensor([all.Length, all[0].Data.Length], [.. all.SelectMany(r => r.Data)]);
    }
}
