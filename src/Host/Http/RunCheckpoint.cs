using System.Globalization;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>The newest checkpoint of a run, by its manifest alone: the bytes of its networks are not read.</summary>
/// <param name="Name">As in "checkpoints/000012".</param>
/// <param name="State">All of it but tensors.</param>
internal sealed record RunCheckpoint(string Name, TrainingState State)
{
    /// <summary>Of a run, or null.</summary>
    public static RunCheckpoint? Newest(string run)
    {
        try
        {
            // What is half done begins with a dot.
            return Directory.EnumerateDirectories(Path.Combine(run, RunDirectory.CheckpointFolder))
                .Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
                .OrderByDescending(Order)
                .Select(folder => StateOf(folder) is { } state ? new RunCheckpoint($"{RunDirectory.CheckpointFolder}/{Path.GetFileName(folder)}", state) : null)
                .FirstOrDefault(checkpoint => checkpoint is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Names are kimg, with images, and a number, where the name before is taken.</summary>
    private static (long Kimg, long Images, long Number) Order(string folder)
    {
        long[] parts = [.. Path.GetFileName(folder).Split('-').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : 0), 0, 0];
        return (parts[0], parts[1], parts[2]);
    }

    private static TrainingState? StateOf(string folder)
    {
        try
        {
            return CheckpointFile.ReadState(folder);
        }
        catch (Exception e) when (e is CheckpointDamagedException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
