namespace Pggan.Pipeline;

/// <summary>A place in the order of the run, handed to a stage.</summary>
/// <param name="Position">The place, from 0.</param>
/// <param name="Index">The image of the source that stands there.</param>
/// <param name="Generation">Of the ledger that handed it out; older ones are void.</param>
internal readonly record struct ImageTicket(long Position, int Index, int Generation);
