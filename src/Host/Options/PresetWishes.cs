namespace Pggan.Host;

/// <summary>What the user fixed and a preset must fit the rest to; null = the preset's choice.</summary>
/// <param name="Resolution">Final resolution in pixels.</param>
/// <param name="InitialResolution">First resolution in pixels.</param>
/// <param name="TrainKimg">Thousands of images of each stabilise phase.</param>
/// <param name="FadeKimg">Thousands of images of each fade-in.</param>
/// <param name="TotalKimg">Thousands of images of the whole run.</param>
internal sealed record PresetWishes(int? Resolution = null, int? InitialResolution = null, double? TrainKimg = null, double? FadeKimg = null, double? TotalKimg = null);
