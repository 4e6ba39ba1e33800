namespace Pggan.Model;

/// <summary>A loss became NaN or infinite: this training can't go on from here.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
