namespace Pggan.Model.Tests;

/// <summary>Networks of random weights and biases, and an average of G that is another network than G.</summary>
internal static class SmallCheckpoint
{
    public static Checkpoint Of(NetworkArchitecture architecture, GrowthStage stage)
    {
        Random random = new(7);
        Dictionary<string, HostTensor> tensors = [];
        foreach ((string prefix, Dictionary<string, long[]> shapes) in new[]
        {
            ("G/", TensorShapes.Generator(architecture)), ("D/", TensorShapes.Discriminator(architecture)), ("G_ema/", TensorShapes.Generator(architecture)),
        })
        {
            foreach ((string name, long[] shape) in shapes)
                tensors[prefix + name] = new HostTensor(shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() * 2 - 1)]);
        }
        return new Checkpoint(
            new TrainingState
            {
                Architecture = architecture,
                Progress = GrowthProgress.Start,
                LastStage = null,
                Stage = stage,
                GeneratorUpdates = 0,
                DiscriminatorUpdates = 0,
                SkippedUpdates = 0,
                GeneratorSkippedInARow = 0,
                DiscriminatorSkippedInARow = 0,
                Seed = 1,
            },
            tensors);
    }
}
