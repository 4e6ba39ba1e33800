using System.Globalization;
using System.Text;

namespace Pggan.Model;

/// <summary>The checkpoints of a run: folders named by kimg, and a file <c>latest</c> that names the newest complete one.</summary>
/// <param name="path">The folder that holds them; made when the first is saved.</param>
/// <remarks>One process writes at a time; any number may read meanwhile.</remarks>
public sealed class CheckpointDirectory(string path)
{
    private const string LatestName = "latest";

    /// <summary>
    /// Saves a checkpoint as <c>000012</c> (kimg), <c>000012-12345</c> (images) or <c>000012-12345-2</c>, whichever comes after the last one of as
    /// many images: the later name is the newer checkpoint, whichever of them were pruned. Where the last one is whole and of the same state, it
    /// is kept; where it is damaged, it is replaced. No other checkpoint is touched; what a writer that no longer runs left half done is deleted.
    /// </summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="IOException">It can't be written; the older ones stay as they are.</exception>
    public string Save(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Directory.CreateDirectory(path);
        Durable.DeleteLeftovers(path);
        long images = checkpoint.State.Progress.Images;
        int last = LastIndex(images);
        string folder = Path.Combine(path, Name(images, Math.Max(last, 0)));
        if (IsDamaged(folder, images))
            Durable.DeleteFolder(folder);
        else if (last >= 0 && !IsSame(folder, checkpoint.State))
            folder = Path.Combine(path, Name(images, last + 1));
        if (!Directory.Exists(folder))
            CheckpointFile.Write(folder, checkpoint);
        Durable.Replace(Path.Combine(path, LatestName), file => file.Write(Encoding.UTF8.GetBytes(Path.GetFileName(folder) + "\n")));
        return folder;
    }

    /// <summary>The newest checkpoint that is whole, by images seen, or null when there is none.</summary>
    /// <param name="refused">Told the folder and the reason of each that is newer, or may be, but damaged.</param>
    public Checkpoint? Newest(Action<string, string> refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return Newest(NewestFirst(refused), refused);
    }

    /// <summary>
    /// After a divergence: the newest checkpoint that is whole and was saved while training was sound, or null when there is none. Newer ones,
    /// saved while it went wrong, are deleted, so that no later process continues from them; without a sound one all stay.
    /// </summary>
    /// <param name="refused">As in <see cref="Newest(Action{string, string})"/>, and told of one that can't be deleted.</param>
    public Checkpoint? RollBack(Action<string, string> refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        List<(TrainingState State, string Folder)> found = NewestFirst(refused);
        Checkpoint? sound = Newest(found.Where(f => f.State.IsSound), refused);
        foreach ((_, string folder) in found.TakeWhile(f => sound is not null && f.State != sound.State).Where(f => !f.State.IsSound))
        {
            try
            {
                Durable.DeleteFolder(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                refused(folder, $"it can't be deleted: {e.Message}");
            }
        }
        return sound;
    }

    /// <summary>
    /// Deletes the checkpoints that nothing of <paramref name="retention"/> keeps. The newest whole one always stays, so does the newest whole
    /// one that is sound, and so does one whose manifest can't be read.
    /// </summary>
    /// <exception cref="IOException">One can't be deleted.</exception>
    public void Prune(Retention retention)
    {
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentOutOfRangeException.ThrowIfNegative(retention.Last);
        if (retention.Last == 0)
            return;
        List<(TrainingState State, string Folder)> all = NewestFirst((_, _) => { });
        HashSet<string> kept = [.. all.Take(retention.Last).Select(f => f.Folder)];
        if (retention.OnePerResolution)
            kept.UnionWith(all.DistinctBy(f => f.State.Stage.Resolution).Select(f => f.Folder));
        if (all.Where(f => retention.Scores.ContainsKey(f.State.Progress.Images)).ToList() is { Count: > 0 } scored)
            kept.Add(scored.MinBy(f => retention.Scores[f.State.Progress.Images]).Folder);

        // Each look at a checkpoint reads all of it: where the newest whole one is sound, that is the sound one too.
        (TrainingState? state, string? whole) = all.Find(f => WholeState(f.Folder) is not null);
        string? sound = state is null or { IsSound: true } ? whole : all.Find(f => f.State.IsSound && WholeState(f.Folder) is not null).Folder;
        kept.UnionWith(new[] { whole, sound }.OfType<string>());
        foreach ((_, string folder) in all.Where(f => !kept.Contains(f.Folder)))
            Durable.DeleteFolder(folder);
    }

    private static Checkpoint? Newest(IEnumerable<(TrainingState State, string Folder)> newestFirst, Action<string, string> refused)
    {
        foreach ((_, string folder) in newestFirst)
        {
            try
            {
                return CheckpointFile.Read(folder);
            }
            catch (CheckpointDamagedException e)
            {
                refused(folder, e.Message);
            }
        }
        return null;
    }

    private static string Name(long images, int index) => index switch
    {
        0 => $"{images / 1000:D6}",
        1 => $"{images / 1000:D6}-{images}",
        _ => $"{images / 1000:D6}-{images}-{index}",
    };

    /// <summary>Of the names for so many images that are taken, by whatever, the last one; -1 = none is.</summary>
    private int LastIndex(long images)
    {
        string[] taken = [.. Directory.GetFileSystemEntries(path, $"{images / 1000:D6}*").Select(entry => Path.GetFileName(entry))];
        string numbered = Name(images, 1) + "-";
        return taken.Where(name => name.StartsWith(numbered, StringComparison.Ordinal))
            .Select(name => int.TryParse(name.AsSpan(numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1)
            .Append(taken.Contains(Name(images, 1)) ? 1 : taken.Contains(Name(images, 0)) ? 0 : -1)
            .Max();
    }

    private List<(TrainingState State, string Folder)> NewestFirst(Action<string, string> refused)
    {
        if (!Directory.Exists(path))
            return [];
        List<(TrainingState State, string Folder)> found = [];
        foreach (string folder in Directory.GetDirectories(path).Where(f => !Durable.IsTemporary(f)).OrderDescending(StringComparer.Ordinal))
        {
            try
            {
                found.Add((CheckpointFile.ReadState(folder), folder));
            }
            catch (CheckpointDamagedException e)
            {
                refused(folder, e.Message);
            }
        }
        // Of the same images, the one of the longer name was saved later.
        return [.. found.OrderByDescending(f => f.State.Progress.Images).ThenByDescending(f => f.Folder.Length)];
    }

    /// <summary>Lists are compared by what is in them.</summary>
    private static bool IsSame(string folder, TrainingState state) =>
        WholeState(folder) is { } saved && saved with { LabelNames = state.LabelNames } == state && (saved.LabelNames ?? []).SequenceEqual(state.LabelNames ?? []);

    /// <summary>True for a checkpoint of so many images whose tensors can't be trusted; one without a readable manifest may be anything.</summary>
    private static bool IsDamaged(string folder, long images)
    {
        try
        {
            return Directory.Exists(folder) && CheckpointFile.ReadState(folder).Progress.Images == images && WholeState(folder) is null;
        }
        catch (CheckpointDamagedException)
        {
            return false;
        }
    }

    private static TrainingState? WholeState(string folder)
    {
        try
        {
            return CheckpointFile.Verify(folder);
        }
        catch (CheckpointDamagedException)
        {
            return null;
        }
    }
}
