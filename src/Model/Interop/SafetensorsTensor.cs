namespace Pggan.Model;

/// <summary>Where and what one tensor of a safetensors file is; its numbers stay in the file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its number format.</param>
/// <param name="Shape">Sizes of its axes; empty for a single number.</param>
/// <param name="Offset">First byte, counted from the beginning of the file.</param>
/// <param name="ByteCount">Length in bytes.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount);
