namespace Pggan.Model.Tests;

/// <summary>Precision and recall, density and coverage, on sets that can be counted by hand.</summary>
public sealed class NeighbourMetricsTests
{
    [Fact]
    public void A_set_covers_itself()
    {
        FeatureTable reals = Tables.Normal(1100, 4, 1);
        Assert.Equal(new PrecisionRecall(1, 1), PrecisionRecall.Between(reals, reals));
        DensityCoverage density = DensityCoverage.Between(reals, reals);
        Assert.Equal(1, density.Coverage);
        Assert.InRange(density.Density, 1 - 1e-9, 1.2 + 1e-9); // the fifth neighbour lies on the surface
    }

    [Fact]
    public void Sets_far_apart_have_nothing_in_common()
    {
        FeatureTable reals = Tables.Normal(50, 4, 1), fakes = Tables.Normal(40, 4, 2, shift: 1000);
        Assert.Equal(new PrecisionRecall(0, 0), PrecisionRecall.Between(reals, fakes));
        Assert.Equal(new DensityCoverage(0, 0), DensityCoverage.Between(reals, fakes));
    }

    /// <summary>
    /// Reals 0, 1, 2, 3 reach 3, 2, 2 and 3 far, to their third neighbour: together from -3 to 6. Fakes 6, 8, 10, 12, 30 reach 6, 4, 4, 6 and
    /// 22 far: together from 0 on.
    /// </summary>
    [Fact]
    public void Precision_is_the_share_of_fakes_among_reals_and_recall_that_of_reals_among_fakes()
    {
        FeatureTable reals = Tables.OnALine(0, 1, 2, 3), fakes = Tables.OnALine(6, 8, 10, 12, 30);
        Assert.Equal(new PrecisionRecall(1 / 5.0, 1), PrecisionRecall.Between(reals, fakes));
        Assert.Equal(new PrecisionRecall(1, 1 / 5.0), PrecisionRecall.Between(fakes, reals));
    }

    [Fact]
    public void A_generator_of_one_mode_is_precise_and_recalls_only_that_mode()
    {
        FeatureTable reals = new(2), fakes = Tables.Normal(90, 2, 3);
        for (int mode = 0; mode < 4; mode++)
        {
            FeatureTable part = Tables.Normal(100, 2, mode, shift: 100 * mode);
            for (int row = 0; row < part.Count; row++)
                reals.Append(part[row]);
        }
        (double precision, double recall) = PrecisionRecall.Between(reals, fakes);
        Assert.InRange(precision, 0.85, 1);
        Assert.InRange(recall, 0.2, 0.25);
        Assert.InRange(DensityCoverage.Between(reals, fakes).Coverage, 0.2, 0.25);
    }

    /// <summary>Reals 0, 1, 2, 3, 4, 5 reach to their fifth neighbour: 5, 4, 3, 3, 4, 5 far. Balls do not hold their surface here.</summary>
    [Fact]
    public void Density_counts_balls_about_a_fake_and_coverage_balls_with_a_fake()
    {
        FeatureTable reals = Tables.OnALine(0, 1, 2, 3, 4, 5);

        // 7 lies in the balls of 4 and 5; 5 is on the surface of those of 0, 1 and 2 and in those of 3, 4 and 5; four are far away.
        DensityCoverage actual = DensityCoverage.Between(reals, Tables.OnALine(7, 5, 100, 200, 300, 400));
        Assert.Equal((2 + 3) / 6.0 / 5, actual.Density, 1e-12);
        Assert.Equal(3 / 6.0, actual.Coverage, 1e-12);
    }

    /// <summary>Precision is misled by one outlier among the reals, density hardly.</summary>
    [Fact]
    public void An_outlier_among_reals_misleads_precision_and_not_density()
    {
        FeatureTable reals = Tables.Normal(200, 2, 1), fakes = Tables.Normal(200, 2, 2, shift: 10);
        reals.Append([30, 30]);
        Assert.Equal(1, PrecisionRecall.Between(reals, fakes).Precision);
        Assert.InRange(DensityCoverage.Between(reals, fakes).Density, 0, 0.21);
    }

    [Fact]
    public void Neither_order_nor_parts_matter()
    {
        FeatureTable reals = Tables.Normal(2100, 3, 1), fakes = Tables.Normal(1030, 3, 2, shift: 0.5);
        FeatureTable realsAgain = Tables.Shuffled(reals, 77), fakesAgain = Tables.Shuffled(fakes, 1);
        Assert.Equal(PrecisionRecall.Between(reals, fakes), PrecisionRecall.Between(realsAgain, fakesAgain));
        (DensityCoverage once, DensityCoverage again) = (DensityCoverage.Between(reals, fakes), DensityCoverage.Between(realsAgain, fakesAgain));
        Assert.Equal(once.Density, again.Density, 1e-12);
        Assert.Equal(once.Coverage, again.Coverage, 1e-12);
    }
}
