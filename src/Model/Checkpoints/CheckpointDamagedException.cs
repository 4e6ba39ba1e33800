namespace Pggan.Model;

/// <summary>A checkpoint can't be trusted; the message names the file and what is wrong with it.</summary>
public sealed class CheckpointDamagedException(string message, Exception? innerException = null) : Exception(message, innerException);
