using Pggan.Model;

namespace Pggan.Host;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class Say
{
    /// <summary>"45s", "12m", "3h 20m", "4d 7h".</summary>
    public static string Time(double seconds) => seconds switch
    {
        _ when !double.IsFinite(seconds) || seconds < 0 => "?",
        < 59.5 => $"{seconds:0}s",
        < 3570 => $"{seconds / 60:0}m",
        < 86370 => $"{Math.Floor(Math.Round(seconds / 60) / 60):0}h {Math.Round(seconds / 60) % 60:00}m",
        _ => $"{Math.Floor(Math.Round(seconds / 3600) / 24):0}d {Math.Round(seconds / 3600) % 24:0}h",
    };

    /// <summary>"37 KB", "812 MB", "3.4 GB".</summary>
    public static string Memory(double bytes) => bytes < 1e6 ? $"{bytes / 1e3:0} KB" : bytes < 1e9 ? $"{bytes / 1e6:0} MB" : $"{bytes / 1e9:0.0} GB";

    /// <summary>"16x16".</summary>
    public static string Size(int resolution) => $"{resolution}x{resolution}";

    /// <summary>"10 classes", "40 flags", "2 attributes of 5 values and 1 flag".</summary>
    public static string Labels(NetworkArchitecture architecture)
    {
        if (architecture.LabelGroups is not { } groups)
            return $"{architecture.LabelSize} classes";
        int flags = groups.Count(size => size == 1), attributes = groups.Count - flags, values = architecture.LabelSize - flags;
        string told = flags == 1 ? "1 flag" : $"{flags} flags";
        return attributes == 0 ? told
            : $"{(attributes == 1 ? "1 attribute" : $"{attributes} attributes")} of {(values == 1 ? "1 value" : $"{values} values")}{(flags == 0 ? "" : $" and {told}")}";
    }

    /// <summary>"bf16".</summary>
    public static string Name(Precision precision) => precision.ToString().ToLowerInvariant();

    /// <summary>", bf16"; nothing of the usual one.</summary>
    public static string In(Precision precision) => precision == Precision.Fp32 ? "" : $", {Name(precision)}";

    /// <summary>Three significant digits, without an exponent where it can be helped.</summary>
    public static string Number(double? value) => value switch
    {
        null => "-",
        { } v when !double.IsFinite(v) => v.ToString(),
        { } v when Math.Abs(v) >= 100 => v.ToString("0"),
        { } v when Math.Abs(v) >= 10 => v.ToString("0.0"),
        { } v => v.ToString("0.00"),
    };

    /// <summary>A line that fits, cut off with "..." where it is longer.</summary>
    public static string Cut(string line, int width) => line.Length <= width ? line : width <= 3 ? "" : line[..(width - 3)] + "...";

    /// <summary>As many of the parts as fit into a line, from the first on.</summary>
    public static string Fitting(IReadOnlyList<string> parts, int width)
    {
        string line = parts[0];
        foreach (string part in parts.Skip(1))
        {
            if (line.Length + 2 + part.Length > width)
                break;
            line += "  " + part;
        }
        return Cut(line, width);
    }
}
