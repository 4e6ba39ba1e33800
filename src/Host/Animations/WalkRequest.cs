namespace Pggan.Host;

/// <summary>What the command line of interpolate asks for.</summary>
internal sealed record WalkRequest
{
    /// <summary>What draws.</summary>
    public required NetworkRequest Network { get; init; }

    /// <summary>Frames of the whole way.</summary>
    public required int Frames { get; init; }

    /// <summary>Frames a second.</summary>
    public required int Fps { get; init; }

    /// <summary>Standard deviation of the smoothing in seconds; 0 = none.</summary>
    public double Smoothing { get; init; }

    /// <summary>Of the way.</summary>
    public long Seed { get; init; }

    /// <summary>Seeds as typed, between whose latents the way leads; null = a smooth way of no aim.</summary>
    public string? Keyframes { get; init; }

    /// <summary>Columns and rows as typed, 8x4; null = as many as make <see cref="WalkPictures.UsualWidth"/> pixels.</summary>
    public string? Grid { get; init; }

    /// <summary>Class of all images, or classes in turn, as typed; null = none.</summary>
    public string? Class { get; init; }

    /// <summary>Pixels a pixel; null = as many as make <see cref="WalkPictures.UsualWidth"/> pixels.</summary>
    public int? Zoom { get; init; }
}
