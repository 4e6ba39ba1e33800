using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Pggan.Host.Tests;

/// <summary>A terminal of a certain width.</summary>
/// <param name="written">Remembers what was written to it.</param>
/// <param name="width">Characters.</param>
internal sealed partial class Terminal(StringWriter written, int width) : IAnsiConsoleOutput
{
    public TextWriter Writer => written;

    public bool IsTerminal => true;

    public int Width => width;

    public int Height => 40;

    /// <summary>Every line, without what steers the terminal.</summary>
    public string[] Lines => [.. Escapes().Replace(written.ToString(), "").Split('\n', '\r').Select(line => line.TrimEnd())];

    public void SetEncoding(Encoding encoding)
    {
    }

    /// <summary>A console on it.</summary>
    public IAnsiConsole Open() => AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = this });

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escapes();
}
