using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>What D is shown as real: bytes to [-1, 1], blended with their own half resolution while fading (train.py, process_reals).</summary>
internal static class RealImages
{
    /// <summary>[N, C, R, R] bytes on the CPU to [N, C, R, R] in [-1, 1] on <paramref name="device"/>.</summary>
    public static Tensor Prepare(Tensor bytes, GrowthStage stage, Device device)
    {
        Tensor x = bytes.to(device).to(ScalarType.Float32).Times(2.0 / 255).Plus(-1); // [N, C, R, R]
        if (!stage.IsFading)
            return x;
        Tensor old = Resample.Up2x(Resample.Down2x(x));                     // [N, C, R, R] as the old path sees it
        return x.lerp(old, 1 - stage.Alpha);
    }
}
