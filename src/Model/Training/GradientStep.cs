using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>A network, the optimizer of its parameters, and which of them take part at a growth stage.</summary>
internal sealed class GradientStep : IDisposable
{
    private readonly List<(string Name, Tensor Value)> parameters;
    private readonly Func<string, GrowthStage, bool> isActive;
    private readonly TrainerOptions options;
    private Adam? optimizer;
    private List<(string Name, Tensor Value)> active = [];
    private string[] activeNames = [];
    private GrowthStage? stage;

    /// <param name="parameters">Of the network, by name.</param>
    /// <param name="isActive">Whether one takes part at a stage.</param>
    /// <param name="options">Adam's numbers.</param>
    /// <param name="scale">Of the loss; replicas of a network share it.</param>
    public GradientStep(IEnumerable<(string Name, Parameter Value)> parameters, Func<string, GrowthStage, bool> isActive, TrainerOptions options, LossScale scale)
    {
        this.parameters = [.. parameters.Select(p => (p.Name, (Tensor)p.Value))];
        this.isActive = isActive;
        this.options = options;
        Scale = scale;
    }

    /// <summary>Adam over all parameters. It takes memory from when it is first asked for: what only differentiates needs none.</summary>
    public Adam Optimizer => optimizer ??= new Adam(parameters, options.Beta1, options.Beta2, options.Epsilon);

    /// <summary>All parameters.</summary>
    public IEnumerable<Tensor> Parameters => parameters.Select(p => p.Value);

    /// <summary>Of the loss; only who descends changes it.</summary>
    public LossScale Scale { get; }

    /// <summary>Updates skipped since the last one that was not: their gradient was not finite, and the loss scale can't be why.</summary>
    public int SkippedInARow { get; set; }

    /// <summary>Whether the last update was skipped for a gradient that was not finite, as the loss scale may have made it.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Gradients of a loss by the parameters active at a stage, times its scale; changes nothing.</summary>
    public Tensor[] Differentiate(Tensor loss, GrowthStage at)
    {
        Activate(at);
        return Gradients.Of(Scale.Apply(loss), [.. active.Select(p => p.Value)]);
    }

    /// <summary>Updates the parameters active at a stage by their gradients, times the loss's scale; false when one is not finite.</summary>
    public bool Descend(IReadOnlyList<Tensor> gradients, GrowthStage at, double learningRate)
    {
        Activate(at);
        using var scope = NewDisposeScope();
        bool updated = Optimizer.Step(activeNames, [.. gradients.Select(Scale.Undo)], learningRate);
        Overflowed = !updated && Scale.MayOverflow;
        SkippedInARow = updated ? 0 : Overflowed ? SkippedInARow : SkippedInARow + 1;
        Scale.Follow(updated);
        return updated;
    }

    /// <summary>The parameters active at a stage.</summary>
    public IEnumerable<Tensor> ActiveAt(GrowthStage at)
    {
        Activate(at);
        return active.Select(p => p.Value);
    }

    public void Dispose() => optimizer?.Dispose();

    private void Activate(GrowthStage at)
    {
        if (stage == at)
            return;
        active = parameters.FindAll(p => isActive(p.Name, at));
        activeNames = [.. active.Select(p => p.Name)];
        stage = at;
    }
}
