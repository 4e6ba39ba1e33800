using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>A network, the optimizer of its parameters, and which of them take part at a growth stage.</summary>
internal sealed class GradientStep : IDisposable
{
    private readonly List<(string Name, Tensor Value)> parameters;
    private readonly Func<string, GrowthStage, bool> isActive;
    private List<(string Name, Tensor Value)> active = [];
    private string[] activeNames = [];
    private GrowthStage? stage;

    public GradientStep(IEnumerable<(string Name, Parameter Value)> parameters, Func<string, GrowthStage, bool> isActive, TrainerOptions options)
    {
        this.parameters = [.. parameters.Select(p => (p.Name, (Tensor)p.Value))];
        this.isActive = isActive;
        Optimizer = new Adam(this.parameters, options.Beta1, options.Beta2, options.Epsilon);
    }

    /// <summary>Adam over all parameters.</summary>
    public Adam Optimizer { get; }

    /// <summary>Updates skipped since the last one that was not: their gradient was not finite.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>Gradients of a loss by the parameters active at a stage; changes nothing.</summary>
    public Tensor[] Differentiate(Tensor loss, GrowthStage at)
    {
        Activate(at);
        return Gradients.Of(loss, [.. active.Select(p => p.Value)]);
    }

    /// <summary>Updates the parameters active at a stage by their gradients; false when one is not finite.</summary>
    public bool Descend(IReadOnlyList<Tensor> gradients, GrowthStage at, double learningRate)
    {
        Activate(at);
        bool updated = Optimizer.Step(activeNames, gradients, learningRate);
        SkippedInARow = updated ? 0 : SkippedInARow + 1;
        return updated;
    }

    public void Dispose() => Optimizer.Dispose();

    private void Activate(GrowthStage at)
    {
        if (stage == at)
            return;
        active = parameters.FindAll(p => isActive(p.Name, at));
        activeNames = [.. active.Select(p => p.Name)];
        stage = at;
    }
}
