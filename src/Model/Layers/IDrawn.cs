using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>A layer whose initial weight is made of numbers drawn from N(0, 1).</summary>
internal interface IDrawn
{
    /// <summary>Gives the weight, once it is drawn, the size that it is to begin with.</summary>
    void Settle();

    /// <summary>Gives a weight the size of its run-time scale, which is 1 from then on.</summary>
    static void Absorb(Tensor weight, ref double scale)
    {
        using TorchSharp.Scalar by = scale;
        weight.mul_(by);
        scale = 1;
    }

    /// <summary>Settles every layer of a network.</summary>
    static void SettleAll(nn.Module network)
    {
        using var noGradients = no_grad();
        foreach (IDrawn layer in network.modules().OfType<IDrawn>())
            layer.Settle();
    }
}
