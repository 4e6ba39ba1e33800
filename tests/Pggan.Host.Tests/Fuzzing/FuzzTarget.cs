namespace Pggan.Host.Tests;

/// <summary>A parser, and what it promises for any input at all.</summary>
/// <param name="Name">Of the parser; unique, and a folder of tests/fuzz-corpus.</param>
/// <param name="Seeds">Valid inputs, of a few KB at most.</param>
/// <param name="Parse">Feeds it an input, with a folder to lay files in; everything in it completes on the calling thread.</param>
/// <param name="IsDocumented">The exceptions that it may end with.</param>
/// <param name="Repair">Mends checksums, so that what is behind them is reached; null = there are none.</param>
internal sealed record FuzzTarget(
    string Name, byte[][] Seeds, Func<byte[], string, Task> Parse, Func<Exception, bool> IsDocumented, Func<byte[], byte[]>? Repair = null);
