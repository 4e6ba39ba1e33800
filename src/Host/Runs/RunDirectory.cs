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

    /// <summary>The run that a user means.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="run">A path, a number, or null for the newest.</param>
    /// <exception cref="UserException">There is none.</exception>
    public static string Find(string runs, string? run)
    {
        if (run is not null && IsRun(run))
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(run));
        List<(int Number, string Path)> known = [.. List(runs).Where(r => IsRun(r.Path)).OrderBy(r => r.Number)];
        string where = Path.GetFullPath(runs);
        if (run is null)
            return known.Count > 0 ? known[^1].Path : throw new UserException($"There is no run to resume in {where}; name one, or the folder with --out.");
        string? byNumber = int.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? known.LastOrDefault(r => r.Number == number).Path
            : known.LastOrDefault(r => Path.GetFileName(r.Path) == run).Path;
        return byNumber ?? throw new UserException(
            $"There is no run '{run}' in {where}.{DidYouMean.Hint(run, known.Select(r => Path.GetFileName(r.Path)))}");
    }

    /// <summary>The runs of a folder, the newest first; none where there is no such folder.</summary>
    public static IEnumerable<string> NewestFirst(string runs) => List(runs).Where(r => IsRun(r.Path)).OrderByDescending(r => r.Number).Select(r => r.Path);

    private static bool IsRun(string path) => File.Exists(Path.Combine(path, OptionsFile));

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
