using System.Globalization;
using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class RealImagesTests
{
    public static TheoryData<string> Files => OracleFiles.Matching("reals-*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Reals_are_scaled_and_faded_as_official(string file)
    {
        using var scope = NewDisposeScope();
        using SafetensorsFile oracle = Safetensors.Open(OracleFiles.PathOf(file));
        HostTensor bytes = oracle.Read("x_uint8"), mirror = oracle.Read("mirror");
        Tensor x = tensor(bytes.Data, bytes.Shape).to(ScalarType.Byte);                        // [N, C, R, R]
        Tensor flipped = where(tensor(mirror.Data, [bytes.Shape[0], 1, 1, 1]).to(ScalarType.Bool), x.flip(3), x);
        foreach (string name in oracle.Tensors.Select(t => t.Name).Where(n => n.StartsWith("lod=", StringComparison.Ordinal)))
        {
            double lod = double.Parse(name["lod=".Length..^"/reals".Length], CultureInfo.InvariantCulture);
            GrowthStage stage = new((int)bytes.Shape[2], 1 - (lod - Math.Floor(lod)));
            HostTensor expected = oracle.Read(name);
            Tensor actual = Resample.Up(RealImages.Prepare(flipped, stage, CPU), 1 << (int)Math.Floor(lod));
            Assert.Equal(expected.Shape, actual.shape);
            float difference = (tensor(expected.Data, expected.Shape) - actual).abs().max().item<float>();
            Assert.True(difference <= 1e-6, $"{name}: off by {difference}");
        }
    }
}
