namespace Pggan.Host;

/// <summary>A request that is not understood; answered with 400.</summary>
/// <param name="message">What is wrong and how to mend it.</param>
internal sealed class RequestException(string message) : Exception(message);
