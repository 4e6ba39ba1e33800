using System.Globalization;
using System.Text;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>Folders of runs: <c>runs/00007-name/</c>.</summary>
internal static class RunDirectory
{
    /// <summary>The resolved options of a run.</summary>
    public const string OptionsFile = "options.json";

    /// <summary>What the terminal showed.</summary>
    public const string LogFile = "log.txt";

    /// <summary>Folder of the checkpoints in a run.</summary>
    public const string CheckpointFolder = "checkpoints";

    private const int Digits = 5;

    /// <summary>Of those that are there, in a message.</summary>
    private const int MostNamed = 5;

    /// <summary>The folder that a run of this name would get.</summary>
    public static string Next(string runs, string name)
    {
        int number = List(runs).Select(r => r.Number).DefaultIfEmpty(-1).Max() + 1;
        return Path.Combine(runs, number.ToString("D5", CultureInfo.InvariantCulture) + "-" + name);
    }

    /// <summary>Makes the folder of a new run, with its options in it, and locks it before anybody can take it for a run.</summary>
    /// <exception cref="UserException">The folder can't be written to; nothing of the run is left.</exception>
    public static RunLock Create(string runs, string name, string options)
    {
        try
        {
            while (true)
            {
                // Whoever gets the lock first owns the folder: a run started at the same moment takes the next number.
                string path = Next(runs, name);
                Directory.CreateDirectory(path);
                if (Begin(path, options) is { } held)
                    return held;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"No run can be made in {Path.GetFullPath(runs)}: {e.Message} Choose another folder with --out.", ExitCodes.Usage, e);
        }
    }

    /// <summary>Writes the options of a new run under its lock; null = the folder is another one's.</summary>
    private static RunLock? Begin(string run, string options)
    {
        RunLock? held = null;
        try
        {
            held = RunLock.TryTake(run);
            if (held is null)
                return null;
            if (IsRun(run))
            {
                held.Dispose();
                return null;
            }
            Durable.Replace(Path.Combine(run, OptionsFile), Encoding.UTF8.GetBytes(options)); // killed before it is whole, this is no run
            return held;
        }
        catch
        {
            if (held is not null)
                Try(() => File.Delete(Path.Combine(run, OptionsFile)));
            held?.Dispose();
            Try(() => Directory.Delete(run)); // refused when another one has put something there
            throw;
        }

        static void Try(Action delete)
        {
            try
            {
                delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
            }
        }
    }

    /// <summary>Replaces the options of a run that continues with others.</summary>
    /// <exception cref="UserException">The folder can't be written to.</exception>
    public static void Rewrite(string run, string options)
    {
        try
        {
            Durable.Replace(Path.Combine(run, OptionsFile), Encoding.UTF8.GetBytes(options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The run in {run} can't continue: {e.Message} Make room there, or take another user's rights.", ExitCodes.Usage, e);
        }
    }

    /// <summary>The newest whole checkpoint of a run, or null when it has none: one half written or damaged is none.</summary>
    public static Checkpoint? NewestCheckpoint(string run) => new CheckpointDirectory(Path.Combine(run, CheckpointFolder)).Newest((_, _) => { });

    /// <summary>Whether a run has any checkpoint, whole or not; one that is being written is none.</summary>
    public static bool HasCheckpoints(string run) =>
        Path.Combine(run, CheckpointFolder) is var folder && Directory.Exists(folder) && Directory.EnumerateDirectories(folder).Any(checkpoint => !Path.GetFileName(checkpoint).StartsWith('.'));

    /// <summary>The run that a user means.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="run">A path, a number, or null for the newest.</param>
    /// <exception cref="UserException">There is none.</exception>
    public static string Find(string runs, string? run)
    {
        if (run is not null && IsRun(run))
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(run));
        string where = Path.GetFullPath(runs);
        if (run is null)
            return NewestFirst(runs).FirstOrDefault() ?? throw new UserException($"There is no run to resume in {where}; name one, or the folder with --out.");
        return Known(runs, run) ?? throw new UserException(Directory.Exists(run)
            ? $"The folder {run} is no run: it has no {OptionsFile}. Name one that has, or the number or name of a run in {where}.{Hint(runs, run)}"
            : $"There is no run '{run}' in {where}.{Hint(runs, run)}");
    }

    /// <summary>The run of a number or a name; null where there is none.</summary>
    public static string? Known(string runs, string run)
    {
        int? number = int.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
        return List(runs).Where(r => IsRun(r.Path)).OrderByDescending(r => r.Number).FirstOrDefault(r => number is null ? Path.GetFileName(r.Path) == run : r.Number == number).Path;
    }

    /// <summary>What to say of a name that no run has: the one that was probably meant, or the newest runs.</summary>
    public static string Hint(string runs, string run)
    {
        string[] names = [.. NewestFirst(runs).Select(path => Path.GetFileName(path))];
        return DidYouMean.Hint(run, names) is { Length: > 0 } meant ? meant
            : names.Length == 0 ? " There is none at all; 'pggan train' begins one."
            : $" There {(names.Length == 1 ? "is" : "are")} {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "")}.";
    }

    /// <summary>The runs of a folder, the newest first; none where there is no such folder.</summary>
    public static IEnumerable<string> NewestFirst(string runs) => List(runs).Where(r => IsRun(r.Path)).OrderByDescending(r => r.Number).Select(r => r.Path);

    /// <summary>Whether a folder is a run's.</summary>
    public static bool IsRun(string path) => File.Exists(Path.Combine(path, OptionsFile));

    private static IEnumerable<(int Number, string Path)> List(string runs)
    {
        if (!Directory.Exists(runs))
            yield break;
        foreach (string path in Directory.EnumerateDirectories(Path.GetFullPath(runs)))
        {
            string name = Path.GetFileName(path);
            if (name.Length > Digits && name[Digits] == '-'
                && int.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                yield return (number, path);
        }
    }
}
