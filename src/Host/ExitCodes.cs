namespace Pggan.Host;

/// <summary>What the process says to whoever started it.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A defect of ours.</summary>
    public const int Defect = 1;

    /// <summary>Usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>Training failed: it diverged beyond repair.</summary>
    public const int TrainingFailed = 3;

    /// <summary>The device was lost; a new process can resume.</summary>
    public const int DeviceLost = 4;

    /// <summary>The data can't be used.</summary>
    public const int DataUnusable = 5;

    /// <summary>Interrupted, after a checkpoint.</summary>
    public const int Interrupted = 130;
}
