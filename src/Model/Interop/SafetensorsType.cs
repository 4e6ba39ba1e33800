namespace Pggan.Model;

/// <summary>Number format of a tensor in a safetensors file.</summary>
public enum SafetensorsType
{
    /// <summary>IEEE single, 4 bytes.</summary>
    F32,

    /// <summary>IEEE half, 2 bytes.</summary>
    F16,

    /// <summary>The upper half of an IEEE single, 2 bytes.</summary>
    BF16,

    /// <summary>IEEE double, 8 bytes.</summary>
    F64,

    /// <summary>Signed integer, 8 bytes.</summary>
    I64,

    /// <summary>Signed integer, 4 bytes.</summary>
    I32,

    /// <summary>Unsigned integer, 1 byte.</summary>
    U8,
}
