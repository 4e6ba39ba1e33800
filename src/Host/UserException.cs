namespace Pggan.Host;

/// <summary>Something that the user can mend. The message is all that is shown: what is wrong, where, how to mend it.</summary>
/// <param name="message">One or two lines.</param>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="innerException">The cause, shown with --verbose.</param>
internal sealed class UserException(string message, int exitCode = ExitCodes.Usage, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; } = exitCode;
}
