using Pggan.Model;
using Pggan.Pipeline;

if (args is not [var from, var to])
{
    Console.Error.WriteLine("usage: Sampling NETWORK FILE.png");
    return 2;
}

GeneratorSnapshot network = NetworkFile.Read(from, raw: false);
using ImageSampler sampler = new(network, "auto");
int channels = network.Architecture.Channels, side = network.Stage.Resolution;
HostTensor images = sampler.Render(ImageSampler.Latents(16, network.Architecture.Latents, seed: 1), labels: null, network.Stage);
byte[] grid = ImageGrid.Compose(ImageSampler.ToBytes(images.Data), channels, side, columns: 4, cell: side);
File.WriteAllBytes(to, ImageCodec.EncodePng(grid, channels, 4 * side, 4 * side));
Console.WriteLine($"{to}: 16 images of {side}x{side} after {network.Images / 1000.0:0.0} kimg");
return 0;
