using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>A layer whose initial weight is made of numbers drawn from N(0, 1).</summary>
internal interface IDrawn
{
    /// <summary>Whether an equalised learning rate leaves the weight as it is drawn and scales it at run time.</summary>
    bool IsEqualized => false;

    /// <summary>Gives the weight, once it is drawn, the size that it is to begin with.</summary>
    void Settle();

    /// <summary>Gives a weight the size of its run-time scale, which is 1 from then on.</summary>
    static void Absorb(Tensor weight, ref double scale)
    {
        using TorchSharp.Scalar by = scale;
        weight.mul_(by);
        scale = 1;
    }

    /// <summary>Settles the layers of a network; those that are equalised only where it has no equalised learning rate.</summary>
    static void SettleAll(nn.Module network, NetworkArchitecture architecture)
    {
        using var noGradients = no_grad();
        foreach (IDrawn layer in network.modules().OfType<IDrawn>().Where(layer => !(layer.IsEqualized && architecture.EqualizedLearningRate)))
            layer.Settle();
    }
}
