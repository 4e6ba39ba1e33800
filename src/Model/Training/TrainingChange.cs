namespace Pggan.Model;

/// <summary>What a person changes while a training lives; null leaves a number as it is. Each checkpoint keeps the sum of all changes.</summary>
public sealed record TrainingChange
{
    /// <summary>Thousands of images of the stabilise phases that have not ended; an entry = of the one at that resolution.</summary>
    public ResolutionChange<double>? TrainKimg { get; init; }

    /// <summary>Thousands of images of the fade-ins that have not ended. The one that runs keeps its alpha.</summary>
    public ResolutionChange<double>? FadeKimg { get; init; }

    /// <summary>Real images a discriminator step.</summary>
    public ResolutionChange<int>? Minibatch { get; init; }

    /// <summary>Adam's learning rate for G.</summary>
    public ResolutionChange<double>? GLearningRate { get; init; }

    /// <summary>Adam's learning rate for D.</summary>
    public ResolutionChange<double>? DLearningRate { get; init; }

    /// <summary>Thousands of images a tick.</summary>
    public ResolutionChange<double>? TickKimg { get; init; }

    /// <summary>Flip images left to right with a chance of one half, by whoever makes the batches.</summary>
    public bool? Mirror { get; init; }

    /// <summary>
    /// These changes before a start that names numbers anew: a table that it gives as a whole is the start's, and an entry of a table that it gives
    /// is the last change of it.
    /// </summary>
    /// <param name="names">In snake case: <c>minibatch</c>, <c>minibatch.16</c>, <c>minibatch.default</c>.</param>
    /// <param name="start">Where the numbers are.</param>
    public TrainingChange Before(IReadOnlySet<string> names, GrowthScheduleOptions start)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(start);
        return new TrainingChange
        {
            TrainKimg = Of("train_kimg", TrainKimg, start.TrainKimg, start.TrainKimgAt),
            FadeKimg = Of("fade_kimg", FadeKimg, start.FadeKimg, start.FadeKimgAt),
            Minibatch = Of("minibatch", Minibatch, start.MinibatchBase, start.Minibatch),
            GLearningRate = Of("g_learning_rate", GLearningRate, start.GeneratorLearningRate, start.GeneratorLearningRates),
            DLearningRate = Of("d_learning_rate", DLearningRate, start.DiscriminatorLearningRate, start.DiscriminatorLearningRates),
            TickKimg = Of("tick_kimg", TickKimg, start.TickKimgBase, start.TickKimg),
            Mirror = names.Contains("mirror") ? null : Mirror,
        };

        ResolutionChange<T>? Of<T>(string name, ResolutionChange<T>? change, T otherwise, IReadOnlyDictionary<int, T> at)
            where T : struct => change is null || names.Contains(name) ? null
            : change.Then(new ResolutionChange<T>(null, at.Where(entry => names.Contains($"{name}.{entry.Key}")).ToDictionary())
            {
                Default = names.Contains($"{name}.default") ? otherwise : null,
            });
    }

    /// <summary>This change and a later one.</summary>
    public TrainingChange Then(TrainingChange later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return new TrainingChange
        {
            TrainKimg = TrainKimg?.Then(later.TrainKimg) ?? later.TrainKimg,
            FadeKimg = FadeKimg?.Then(later.FadeKimg) ?? later.FadeKimg,
            Minibatch = Minibatch?.Then(later.Minibatch) ?? later.Minibatch,
            GLearningRate = GLearningRate?.Then(later.GLearningRate) ?? later.GLearningRate,
            DLearningRate = DLearningRate?.Then(later.DLearningRate) ?? later.DLearningRate,
            TickKimg = TickKimg?.Then(later.TickKimg) ?? later.TickKimg,
            Mirror = later.Mirror ?? Mirror,
        };
    }
}
