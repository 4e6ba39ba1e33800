namespace Pggan.Model;

/// <summary>A layer of a network, for a picture of it.</summary>
/// <param name="Name">That of its weights in a checkpoint, as in "G/blocks.0.conv0"; what has none is named after its place.</param>
/// <param name="Operation">What it does, in TensorFlow's words where there is one.</param>
/// <param name="Inputs">Names of the layers that it takes, all of which come before it.</param>
/// <param name="Shape">Of what it gives: [N, C, H, W] or [N, F], where N is -1; empty for a single number.</param>
public sealed record NetworkLayer(string Name, string Operation, IReadOnlyList<string> Inputs, IReadOnlyList<int> Shape);
