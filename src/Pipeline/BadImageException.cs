namespace Pggan.Pipeline;

/// <summary>One image cannot be used; the message is the reason. Stages skip and count the image and go on.</summary>
public sealed class BadImageException : Exception
{
    /// <summary>A bad image, with the reason as a user should read it.</summary>
    public BadImageException(string reason)
        : base(reason)
    {
    }

    /// <summary>A bad image, with the reason and what a decoder said.</summary>
    public BadImageException(string reason, Exception inner)
        : base(reason, inner)
    {
    }

    /// <summary>A bad image without a reason.</summary>
    public BadImageException()
        : base("the image cannot be used")
    {
    }
}
