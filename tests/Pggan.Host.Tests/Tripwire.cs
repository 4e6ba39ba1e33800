namespace Pggan.Host.Tests;

/// <summary>Interrupts a command at the first sight of a text in its output.</summary>
internal sealed class Tripwire(string text, CancellationTokenSource interrupt) : StringWriter
{
    public override void Write(char value)
    {
        base.Write(value);
        Look();
    }

    public override void Write(string? value)
    {
        base.Write(value);
        Look();
    }

    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        Look();
    }

    private void Look()
    {
        if (GetStringBuilder().ToString().Contains(text, StringComparison.Ordinal))
            interrupt.Cancel();
    }
}
