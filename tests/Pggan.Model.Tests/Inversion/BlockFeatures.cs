using static TorchSharp.torch;

namespace Pggan.Model.Tests;

/// <summary>Features that are means of blocks of an image's bytes, 16 a channel.</summary>
internal sealed class BlockFeatures(int channels) : FeatureExtractor
{
    public override string Name => "blocks";

    public override string Digest => "";

    public override int Size => channels * 16;

    public override bool IsInception => false;

    internal override Tensor Features(Tensor images) => nn.functional.avg_pool2d(images, images.shape[2] / 4).flatten(1);

    internal override Tensor Probabilities(Tensor images) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
    }
}
