namespace Pggan.Model;

/// <summary>The schedule evaluated at one count of images.</summary>
/// <param name="Lod">The reference's level of detail: 0 at the final resolution, fractional in a fade.</param>
/// <param name="Stage">The same as a growth stage.</param>
/// <param name="Phase">The phase this point lies in.</param>
/// <param name="Minibatch">Real images a discriminator step.</param>
/// <param name="GeneratorLearningRate">Adam's learning rate for G.</param>
/// <param name="DiscriminatorLearningRate">Adam's learning rate for D.</param>
/// <param name="TickKimg">Thousands of images between two progress reports.</param>
public sealed record SchedulePoint(
    double Lod,
    GrowthStage Stage,
    GrowthPhase Phase,
    int Minibatch,
    double GeneratorLearningRate,
    double DiscriminatorLearningRate,
    double TickKimg);
