namespace Pggan.Model;

/// <summary>How the latent of an image is searched. Every method looks at <see cref="Budget"/> images of the network.</summary>
public sealed record InversionOptions
{
    /// <summary>Most components of a latent for CMA-ES, whose covariance has their square.</summary>
    public const int MostCmaEsLatents = 512;

    private const int MostSteps = 1_000_000;

    private const int MostRestarts = 1024;

    /// <summary>The method.</summary>
    public InversionMethod Method { get; init; } = InversionMethod.Gradient;

    /// <summary>Steps of the search, a tenth of them random draws; from 2 to 1,000,000.</summary>
    public int Steps { get; init; } = 300;

    /// <summary>Images of each step: searches side by side where the method is <see cref="InversionMethod.Gradient"/>; from 1 to 1024.</summary>
    public int Restarts { get; init; } = 8;

    /// <summary>Seed of draws and steps.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Components of the image's label, counted from 0: a class, or of attributes and flags those that are named (<see cref="WholeLabel"/>). Null = all
    /// labels of <see cref="WholeLabel.Turns"/> are tried where the network knows any.
    /// </summary>
    public IReadOnlyList<int>? Label { get; init; }

    /// <summary>Adam's learning rate at its first update.</summary>
    public double LearningRate { get; init; } = 0.3;

    /// <summary>Adam's learning rate at its last update; half a cosine leads there.</summary>
    public double FinalLearningRate { get; init; } = 0.001;

    /// <summary>Weight of the distance of pixels; 0 = off.</summary>
    public double PixelWeight { get; init; } = 1;

    /// <summary>Weight of the distance of features; 0 = off. Without a network for features nothing is weighed.</summary>
    public double FeatureWeight { get; init; } = 0.1;

    /// <summary>Weight of a latent's own length, for networks to which it matters; 0 = off.</summary>
    public double PriorWeight { get; init; } = 0.001;

    /// <summary>Weight of the discriminator's opinion; 0 = off. Without a discriminator nothing is weighed.</summary>
    public double RealismWeight { get; init; } = 0.001;

    /// <summary>Images of the network that the search looks at.</summary>
    public long Budget => (long)Steps * Restarts;

    /// <summary>Those of them that are random draws, before a method proceeds from the best.</summary>
    public long Draws => Method == InversionMethod.Random ? Budget : (long)Math.Max(1, Steps / 10) * Restarts;

    /// <summary>Learning rate of an update of so many: from the first one's half a cosine down to the last one's.</summary>
    /// <param name="update">Counted from 0.</param>
    /// <param name="updates">Of the whole search.</param>
    public double LearningRateAt(int update, int updates) =>
        FinalLearningRate + (LearningRate - FinalLearningRate) * 0.5 * (1 + Math.Cos(Math.PI * (updates == 1 ? 1 : update / (updates - 1.0))));

    /// <summary>Checks every number, by itself and for a network.</summary>
    /// <exception cref="ArgumentException">One is out of its range; the message names it.</exception>
    public void Validate(NetworkArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        Require(Steps is >= 2 and <= MostSteps, $"steps {Steps} must be from 2 to {MostSteps}");
        Require(Restarts is >= 1 and <= MostRestarts, $"restarts {Restarts} must be from 1 to {MostRestarts}");
        Require(LearningRate is > 0 and <= 100, $"learning rate {LearningRate} must be above 0 and at most 100");
        Require(FinalLearningRate >= 0 && FinalLearningRate <= LearningRate, $"final learning rate {FinalLearningRate} must be from 0 to the first one, {LearningRate}");
        foreach ((string name, double weight) in new[] { ("pixel", PixelWeight), ("feature", FeatureWeight), ("prior", PriorWeight), ("realism", RealismWeight) })
            Require(weight is >= 0 and <= 1e6, $"{name} weight {weight} must be from 0 to 1000000");
        Require(PixelWeight > 0 || FeatureWeight > 0, "pixel weight and feature weight are 0: nothing would be searched for");
        int classes = architecture.LabelSize;
        string label = string.Join('+', Label ?? []);
        Require(Label is null || classes > 0, $"class {label}: this network knows no classes; leave it out");
        Require(Label?.All(component => component >= 0 && component < classes) != false, $"class {label}: this network's classes are 0 to {classes - 1}");
        Require(Label is null || WholeLabel.Of(architecture, Label) is not null, "two of the label's components are values of one attribute");
        int tried = LabelsFor(architecture).Count;
        Require(Draws >= tried, $"{Draws} draws do not try all {tried} classes; name a class, or take more steps or restarts");
        if (Method == InversionMethod.CmaEs)
        {
            int latents = architecture.Latents, population = CmaEs.PopulationOf(latents);
            Require(latents <= MostCmaEsLatents, $"CMA-ES takes latents of at most {MostCmaEsLatents} components, and this network's have {latents}; take another method");
            Require(Budget - Draws >= population, $"{Budget - Draws} images behind the draws are less than one generation of CMA-ES, {population}; take more steps or restarts");
        }
    }

    /// <summary>Labels that are tried, by what is named of them; none for an unconditional network.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> LabelsFor(NetworkArchitecture architecture) => Label is null ? WholeLabel.Turns(architecture) : [Label];

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new ArgumentException(message);
    }
}
