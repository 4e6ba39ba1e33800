namespace Pggan.Model;

/// <summary>How strong the noise on D is: it follows how D does, and its average is part of a checkpoint.</summary>
internal sealed class NoiseLevel(DiscriminatorNoise kind)
{
    private const double Memory = 0.9;
    private const double Limit = 0.5;
    private const double Coefficient = 0.2;

    /// <summary>Which noise.</summary>
    public DiscriminatorNoise Kind => kind;

    /// <summary>d, 0 at the start.</summary>
    public double Average { get; set; }

    /// <summary>Deviation of the noise.</summary>
    public double Strength => kind == DiscriminatorNoise.Off ? 0 : Coefficient * Math.Pow(Math.Max(Average - Limit, 0), 2);

    /// <summary>Takes, once both networks have learnt, what D's last step measured; what is not finite tells nothing.</summary>
    /// <param name="loss">D's mean loss.</param>
    /// <param name="fakeScore">D's mean score of fakes.</param>
    public void Follow(double loss, double fakeScore)
    {
        double seen = kind == DiscriminatorNoise.Gdrop ? loss : fakeScore;
        if (kind != DiscriminatorNoise.Off && double.IsFinite(seen))
            Average = Memory * Average + (1 - Memory) * (kind == DiscriminatorNoise.Gdrop ? Math.Clamp(seen, 0, 1) : seen);
    }
}
