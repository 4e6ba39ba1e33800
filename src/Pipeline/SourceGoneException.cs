namespace Pggan.Pipeline;

/// <summary>
/// A source as a whole cannot be read now: its folder is not there, its file was cut off or overwritten. No image is to blame; reading again
/// later succeeds once what was there is back.
/// </summary>
public sealed class SourceGoneException : IOException
{
    /// <summary>The message names the source and says what became of it.</summary>
    public SourceGoneException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with the cause.</summary>
    public SourceGoneException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>A source that is gone, without a reason.</summary>
    public SourceGoneException()
        : base("the source is gone")
    {
    }
}
