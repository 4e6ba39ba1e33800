using static TorchSharp.torch;

namespace Pggan.Model.Tests;

public sealed class TensorShapesTests
{
    public static TheoryData<NetworkArchitecture> Architectures =>
    [
        new NetworkArchitecture { Resolution = 4, FmapBase = 16, FmapMax = 4 },
        new NetworkArchitecture { Resolution = 32, FmapBase = 64, FmapMax = 8, FusedScale = false, Channels = 1, StdDevGroup = 1 },
        new NetworkArchitecture { Resolution = 16, FmapBase = 64, FmapMax = 16, FmapDecay = 0.5, LabelSize = 5, LatentSize = 7 },
        DcganTests.Architecture,
        TableOneNetworkTests.Architecture,
        TableOneNetworkTests.Architecture with { BatchNorm = false, LabelSize = 2, StdDevGroup = 4 },
        TableOneNetworkTests.Architecture with { LayerNorm = false, FusedScale = true, DiscriminationKernels = 0 },
        DcganTests.Architecture with { Resolution = 8, LabelSize = 2, Channels = 1 },
    ];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Shapes_are_those_of_the_networks(NetworkArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        AssertSame(new Generator(architecture), TensorShapes.Generator(architecture));
        AssertSame(new Discriminator(architecture), TensorShapes.Discriminator(architecture));
    }

    private static void AssertSame(nn.Module module, Dictionary<string, long[]> shapes)
    {
        Dictionary<string, long[]> actual = module.named_parameters().ToDictionary(p => p.name, p => p.parameter.shape);
        Assert.Equal(actual.Keys.Order(), shapes.Keys.Order());
        Assert.All(actual, p => Assert.Equal(p.Value, shapes[p.Key]));
    }
}
