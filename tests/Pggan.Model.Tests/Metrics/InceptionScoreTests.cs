namespace Pggan.Model.Tests;

public sealed class InceptionScoreTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    public void Certain_and_even_classes_score_their_number(int classes)
    {
        FeatureTable table = new(classes);
        for (int i = 0; i < 20 * classes; i++)
            table.Append([.. Enumerable.Range(0, classes).Select(c => c == i % classes ? 1f : 0)]);
        (double mean, double deviation) = InceptionScore.Of(table);
        Assert.Equal(classes, mean, 1e-9);
        Assert.Equal(0, deviation, 1e-9);
    }

    [Fact]
    public void Images_that_are_all_alike_score_one()
    {
        FeatureTable table = new(3);
        for (int i = 0; i < 57; i++)
            table.Append([0.2f, 0.5f, 0.3f]);
        Assert.Equal(1, InceptionScore.Of(table).Mean, 1e-9);
    }

    /// <summary>23 images in 10 splits of 2 or 3: those of the first five score 2 or what 2 to 1 give, the others 1.</summary>
    [Fact]
    public void Splits_are_as_even_as_they_can_be_and_their_spread_is_told()
    {
        FeatureTable table = new(2);
        for (int i = 0; i < 23; i++)
            table.Append(i < 11 && i % 2 == 1 ? [0, 1] : [1, 0]);

        // Splits begin at 0, 2, 4, 6, 9, 11; the fourth holds images 6, 7 and 8.
        double uneven = Math.Exp(-(Math.Log(1 / 3.0) + 2 * Math.Log(2 / 3.0)) / 3);
        double[] scores = [2, 2, 2, uneven, 2, 1, 1, 1, 1, 1];
        double mean = scores.Average();
        (double actualMean, double actualDeviation) = InceptionScore.Of(table);
        Assert.Equal(mean, actualMean, 1e-9);
        Assert.Equal(Math.Sqrt(scores.Average(s => (s - mean) * (s - mean))), actualDeviation, 1e-9);
    }

    [Fact]
    public void Fewer_images_than_splits_are_refused() =>
        Assert.Throws<ArgumentException>(() => InceptionScore.Of(Tables.Of([.. Enumerable.Repeat(new[] { 1f, 0 }, 9)])));
}
