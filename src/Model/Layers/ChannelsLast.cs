using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Stores a tensor's channels innermost. Convolutions keep that order and run up to twice as fast with it on CPUs; the values and the
/// shape [N, C, H, W] are the same.
/// </summary>
internal static class ChannelsLast
{
    public static Tensor Store(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
}
