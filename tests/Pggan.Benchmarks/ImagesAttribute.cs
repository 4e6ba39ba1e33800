namespace Pggan.Benchmarks;

/// <summary>How many images one call of a benchmark handles.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ImagesAttribute(int count) : Attribute
{
    public int Count { get; } = count;
}
