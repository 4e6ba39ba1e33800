using TorchSharp;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>
/// Adam as TensorFlow and the reference compute it (Kingma and Ba 2015, the form before section 2.1):
/// lr_t = lr * sqrt(1 - beta2^t) / (1 - beta1^t); theta -= lr_t * m / (sqrt(v) + epsilon). One step count serves all parameters.
/// </summary>
/// <remarks>
/// A parameter without a gradient is left alone, moments included. torch's own Adam differs in where epsilon enters, and its state
/// can't be reset or copied between two steps without going through a file.
/// </remarks>
internal sealed class Adam : IDisposable
{
    private readonly List<(string Name, Tensor Value)> parameters;
    private readonly Dictionary<string, Tensor> firstMoments = [];
    private readonly Dictionary<string, Tensor> secondMoments = [];
    private readonly double beta1;
    private readonly double beta2;
    private readonly double epsilon;

    public Adam(IEnumerable<(string Name, Tensor Value)> parameters, double beta1, double beta2, double epsilon)
    {
        this.parameters = [.. parameters];
        (this.beta1, this.beta2, this.epsilon) = (beta1, beta2, epsilon);
        foreach ((string name, Tensor value) in this.parameters)
        {
            // With beta1 = 0 the first moment is the gradient itself and needs no memory.
            if (beta1 > 0)
                firstMoments[name] = zeros_like(value, requires_grad: false).DetachFromDisposeScope();
            secondMoments[name] = zeros_like(value, requires_grad: false).DetachFromDisposeScope();
        }
    }

    /// <summary>Updates since the last reset.</summary>
    public long Steps { get; private set; }

    /// <summary>Forgets moments and step count.</summary>
    public void Reset()
    {
        using var scope = NewDisposeScope();
        Steps = 0;
        foreach (Tensor moment in firstMoments.Values.Concat(secondMoments.Values))
            moment.zero_();
    }

    /// <summary>One update of the named parameters; false, and nothing changed, when a gradient is not finite.</summary>
    /// <param name="names">Names of the parameters that have a gradient.</param>
    /// <param name="gradients">Their gradients, in the same order.</param>
    /// <param name="learningRate">Learning rate before bias correction.</param>
    public bool Step(IReadOnlyList<string> names, IReadOnlyList<Tensor> gradients, double learningRate)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        if (!AreFinite(gradients))
            return false;

        Steps++;
        double rate = learningRate * Math.Sqrt(1 - Math.Pow(beta2, Steps)) / (1 - Math.Pow(beta1, Steps));
        using Scalar decay1 = beta1, rest1 = 1 - beta1, decay2 = beta2, rest2 = 1 - beta2, shift = epsilon, descent = -rate; // alive over the loop
        int next = 0;
        foreach ((string name, Tensor value) in parameters)
        {
            if (next == names.Count || name != names[next])
                continue;
            Tensor gradient = gradients[next++];
            Tensor v = secondMoments[name];
            v.mul_(decay2).addcmul_(gradient, gradient, rest2);
            Tensor m = gradient;
            if (beta1 > 0)
                m = firstMoments[name].mul_(decay1).add_(gradient, rest1);
            value.addcdiv_(m, v.sqrt().add_(shift), descent);
        }
        return true;
    }

    /// <summary>The moments under <c>m/name</c> and <c>v/name</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        firstMoments.Select(m => ("m/" + m.Key, m.Value)).Concat(secondMoments.Select(v => ("v/" + v.Key, v.Value)));

    /// <summary>Sets the step count of a checkpoint; the moments are written through <see cref="State"/>.</summary>
    public void RestoreSteps(long steps) => Steps = steps;

    public void Dispose()
    {
        foreach (Tensor moment in firstMoments.Values.Concat(secondMoments.Values))
            moment.Dispose();
    }

    private static bool AreFinite(IReadOnlyList<Tensor> gradients)
    {
        // One number decides, so the device is asked once: a sum is finite only if every part is.
        Tensor total = gradients[0].sum();
        for (int i = 1; i < gradients.Count; i++)
            total += gradients[i].sum();
        return float.IsFinite(total.item<float>());
    }
}
