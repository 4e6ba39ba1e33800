using System.Runtime.InteropServices;

namespace Pggan.Actors.Tests;

/// <summary>What TorchSharp throws for a fault of libtorch.</summary>
internal sealed class NativeFault(string message) : ExternalException(message);
