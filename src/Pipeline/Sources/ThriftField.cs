namespace Pggan.Pipeline;

/// <summary>What a field of a structure is.</summary>
/// <param name="Types">Types that it may have, a bit each.</param>
/// <param name="ElementTypes">Of a list: types that its elements may have.</param>
/// <param name="Structure">What it, or each element, is made of; null where that is no structure.</param>
internal sealed record ThriftField(int Types, int ElementTypes, ThriftStructure? Structure);
