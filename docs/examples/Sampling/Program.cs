using Pggan.Model;
using Pggan.Pipeline;

if (args is not [var from, var to])
{
    Console.Error.WriteLine("usage: Sampling NETWORK FILE.png");
    return 2;
}

GeneratorSnapshot network = NetworkFile.Read(from, raw: false);
using ImageSampler sampler = new(network, "auto");
NetworkArchitecture architecture = network.Architecture;
int channels = architecture.Channels, width = architecture.WidthAt(network.Stage.Resolution), height = architecture.HeightAt(network.Stage.Resolution);
HostTensor images = sampler.Render(ImageSampler.Latents(16, architecture.Latents, seed: 1), labels: null, network.Stage);
byte[] grid = ImageGrid.Compose(ImageSampler.ToBytes(images.Data), channels, width, height, columns: 4);
File.WriteAllBytes(to, ImageCodec.EncodePng(grid, channels, 4 * width, 4 * height));
Console.WriteLine($"{to}: 16 images of {width}x{height} after {network.Images / 1000.0:0.0} kimg");
return 0;
