namespace Pggan.Pipeline;

/// <summary>A dataset as a whole cannot be used: no such path, nothing usable in it, fewer images than a minibatch, broken index or labels.</summary>
public sealed class DatasetUnusableException : Exception
{
    /// <summary>The message is for the user: it names the dataset and says what to do.</summary>
    public DatasetUnusableException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with the cause.</summary>
    public DatasetUnusableException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>An unusable dataset without a reason.</summary>
    public DatasetUnusableException()
        : base("the dataset cannot be used")
    {
    }
}
