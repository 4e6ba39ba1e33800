using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What D is shown as real: bytes to [-1, 1], blended with their own half resolution while fading (train.py, process_reals).</summary>
internal static class RealImages
{
    /// <summary>[N, C, H, W] bytes on the CPU to [N, C, H, W] in [-1, 1] on <paramref name="device"/>.</summary>
    public static Tensor Prepare(Tensor bytes, GrowthStage stage, Device device)
    {
        Tensor x = bytes.to(device).to(ScalarType.Float32).Times(2.0 / 255).Plus(-1); // [N, C, H, W]
        if (!stage.IsFading)
            return x;
        Tensor old = Resample.Up2x(Resample.Down2x(x));                     // [N, C, H, W] as the old path sees it
        return x.lerp(old, 1 - stage.Alpha);
    }
}
