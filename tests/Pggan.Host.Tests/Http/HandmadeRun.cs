using System.Text;

namespace Pggan.Host.Tests;

/// <summary>A run of which only the files are there that a test is about.</summary>
internal static class HandmadeRun
{
    /// <summary>Makes one.</summary>
    /// <returns>Its folder.</returns>
    public static string Make(string runs, string name, string? options = null, string? stats = null, string? events = null)
    {
        string run = Path.Combine(runs, name);
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, RunDirectory.OptionsFile), options ?? OptionsDocument.Print(new RunOptions { Resolution = 16, TotalKimg = 40, TrainKimg = 8, FadeKimg = 8 }, null));
        if (stats is not null)
            File.WriteAllText(Path.Combine(run, RunFile.Stats), stats);
        if (events is not null)
            File.WriteAllText(Path.Combine(run, RunFile.Events), events);
        return run;
    }

    /// <summary>A line of stats.jsonl.</summary>
    public static string Tick(int number) =>
        $$"""{"time":{{1790000000 + number}},"tick":{{number}},"kimg":{{number / 1000.0}},"images":{{number}},"resolution":4,"alpha":1,"loss_d":-1.5,"loss_g":null,"images_per_second":10,"memory":1000,"elapsed":{{number}}}""" + "\n";

    /// <summary>A line of events.jsonl.</summary>
    public static string Event(string name, string fields = "\"images\":0") => $$"""{"time":1790000000.5,"event":"{{name}}",{{fields}}}""" + "\n";

    /// <summary>Many lines.</summary>
    public static string Lines(int count, Func<int, string> line)
    {
        StringBuilder text = new();
        for (int i = 0; i < count; i++)
            text.Append(line(i));
        return text.ToString();
    }
}
