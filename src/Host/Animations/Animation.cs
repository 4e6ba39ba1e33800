namespace Pggan.Host;

/// <summary>Pictures in time.</summary>
/// <param name="Channels">1 or 3.</param>
/// <param name="Width">Of a picture, in pixels.</param>
/// <param name="Height">Of a picture, in pixels.</param>
/// <param name="Fps">Frames a second.</param>
/// <param name="Shown">For how many frames each picture is shown.</param>
internal sealed record Animation(int Channels, int Width, int Height, int Fps, IReadOnlyList<int> Shown)
{
    /// <summary>Bytes of a picture.</summary>
    public int PictureSize => Channels * Width * Height;

    /// <summary>All frames in seconds.</summary>
    public double Seconds => (double)Shown.Sum() / Fps;

    /// <summary>How long each picture is shown, in whole steps; what is rounded off one is added to a later one.</summary>
    /// <param name="stepsPerSecond">1000 for milliseconds.</param>
    public IReadOnlyList<int> Steps(int stepsPerSecond)
    {
        int[] steps = new int[Shown.Count];
        long frames = 0, told = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            frames += Shown[i];
            long until = (frames * stepsPerSecond * 2 + Fps) / (2 * Fps);
            (steps[i], told) = ((int)(until - told), until);
        }
        return steps;
    }
}
