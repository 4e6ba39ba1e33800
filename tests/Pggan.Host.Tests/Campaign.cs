namespace Pggan.Host.Tests;

/// <summary>How long the fault campaigns are: short in the suite, as long as they should be with PGGAN_CAMPAIGN=full (tests/campaigns).</summary>
internal static class Campaign
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("PGGAN_CAMPAIGN") == "full";

    public static int Of(int inTheSuite, int inFull) => IsFull ? inFull : inTheSuite;
}
