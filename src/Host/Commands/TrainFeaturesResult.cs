namespace Pggan.Host;

/// <summary>What came of train-features.</summary>
/// <param name="File">The network.</param>
/// <param name="Accuracy">Share of the images held out that are told right.</param>
/// <param name="HeldOut">How many those were.</param>
/// <param name="Features">Numbers that describe an image.</param>
/// <param name="Resolution">Pixels that the network sees.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="Classes">Names of the classes.</param>
/// <param name="Images">Images trained on, with repetitions.</param>
/// <param name="Seconds">Time that the training took.</param>
internal sealed record TrainFeaturesResult(
    string File, double Accuracy, long HeldOut, int Features, int Resolution, int Channels, IReadOnlyList<string> Classes, long Images, double Seconds);
