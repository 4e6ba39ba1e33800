namespace Pggan.Host.Tests;

/// <summary>One mistake of a user, and how the program answers it.</summary>
/// <param name="Name">What is wrong, in words; unique.</param>
/// <param name="Exit">One of <see cref="ExitCodes"/>.</param>
/// <param name="Says">What the answer names: what is wrong, where, how to mend it. A failure says it as its error, a success in its output.</param>
/// <param name="Type">Lays the files of the mistake out and returns the command line.</param>
internal sealed record BadInput(string Name, int Exit, string[] Says, Func<InputFolder, string[]> Type);
