namespace Pggan.Host.Tests;

public sealed class SeedListTests
{
    [Fact]
    public void Ranges_and_single_seeds_keep_their_order() => Assert.Equal([0, 1, 2, 3, 99, 7], SeedList.Parse("0-3, 99,7"));

    [Fact]
    public void The_greatest_seed_ends_a_list() =>
        Assert.Equal([long.MaxValue - 1, long.MaxValue, 0], SeedList.Parse("9223372036854775806-9223372036854775807,0"));

    [Fact]
    public void A_dataset_of_fifty_thousand_is_within_the_limit() => Assert.Equal(50_000, SeedList.Parse("0-49999").Count);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("1,,2")]
    [InlineData("0-9999999")]
    [InlineData("0-9223372036854775807")]
    public void What_is_no_list_of_seeds_is_refused(string text) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<UserException>(() => SeedList.Parse(text)).ExitCode);
}
