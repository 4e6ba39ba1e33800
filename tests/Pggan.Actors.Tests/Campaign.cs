namespace Pggan.Actors.Tests;

/// <summary>The campaigns of faults have a short form in the suite and a full one that the scripts in tests/campaigns run.</summary>
internal static class Campaign
{
    public static bool Full => Environment.GetEnvironmentVariable("PGGAN_CAMPAIGN") == "full";
}
