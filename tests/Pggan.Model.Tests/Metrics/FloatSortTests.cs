using CsCheck;

namespace Pggan.Model.Tests.Metrics;

public sealed class FloatSortTests
{
    [Fact]
    public void It_sorts_as_the_framework_does() => Gen.Float.Where(x => !float.IsNaN(x)).Array[0, 300].Sample(numbers =>
    {
        float[] sorted = [.. numbers];
        FloatSort.Sort(sorted, new float[sorted.Length]);
        Assert.Equal(numbers.Order(), sorted);
    });

    [Fact]
    public void Signs_zeros_and_infinities_have_their_places()
    {
        float[] numbers = [1, float.NaN, -0f, float.PositiveInfinity, 0, -1, float.Epsilon, float.NegativeInfinity, -float.Epsilon, float.MaxValue, -float.NaN];
        FloatSort.Sort(numbers, new float[20]);
        float[] finite = [.. numbers.Where(x => !float.IsNaN(x))];
        Assert.Equal([float.NegativeInfinity, -1, -float.Epsilon, -0f, 0, float.Epsilon, 1, float.MaxValue, float.PositiveInfinity], finite);
        Assert.True(float.IsNegative(finite[3]) && !float.IsNegative(finite[4]));
    }

    [Fact]
    public void It_needs_room() => Assert.Throws<ArgumentException>(() => FloatSort.Sort(new float[3], new float[2]));
}
