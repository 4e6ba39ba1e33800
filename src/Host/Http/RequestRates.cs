using System.Threading.RateLimiting;

namespace Pggan.Host;

/// <summary>
/// How many requests are answered: 50 a second in the long run, 200 at once. Those without the token have a bucket of their own: whoever
/// guesses does not keep out whoever knows.
/// </summary>
internal sealed class RequestRates : IDisposable
{
    private const int Burst = 200;
    private const int ASecond = 50;
    private const int Periods = 10;

    private readonly TokenBucketRateLimiter _known = Bucket(), _unknown = Bucket();

    /// <summary>Counts a request; false = it is one too many.</summary>
    public bool TryTake(bool isAuthorized)
    {
        using RateLimitLease lease = (isAuthorized ? _known : _unknown).AttemptAcquire();
        return lease.IsAcquired;
    }

    public void Dispose()
    {
        _known.Dispose();
        _unknown.Dispose();
    }

    private static TokenBucketRateLimiter Bucket() => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = Burst,
        TokensPerPeriod = ASecond / Periods,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1.0 / Periods),
        AutoReplenishment = true,
    });
}
