namespace Pggan.Model;

/// <summary>A resolution of the schedule can't be trained on this machine; the message says which, and what to change.</summary>
public sealed class PreflightFailedException(string message, Exception? innerException) : Exception(message, innerException);
