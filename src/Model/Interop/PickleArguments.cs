namespace Pggan.Model;

/// <summary>Arguments by name that a network was built from; what is missing or None has the default of the function.</summary>
/// <param name="of">Whose, for errors.</param>
/// <param name="arguments">As a pickle has them.</param>
internal sealed class PickleArguments(string of, PickleDictionary arguments)
{
    /// <summary>A number; True is 1, as Python counts.</summary>
    public double Number(string name, double otherwise) => Given(name) switch
    {
        null => otherwise,
        bool isSet => isSet ? 1 : 0,
        { } value => PickleValues.Number(value, $"{of}'s {name}"),
    };

    public int Integer(string name, int otherwise) => Given(name) is { } value ? PickleValues.Integer(value, $"{of}'s {name}") : otherwise;

    public bool Switch(string name, bool otherwise) => Given(name) is { } value ? PickleValues.Switch(value, $"{of}'s {name}") : otherwise;

    public string Text(string name, string otherwise) => Given(name) is { } value ? PickleValues.Text(value, $"{of}'s {name}") : otherwise;

    /// <summary>True where it is None, and not merely missing.</summary>
    public bool IsNone(string name) => arguments.TryGet(name, out object? value) && value is null;

    /// <summary>Fails where G and D were given other values for what is one here.</summary>
    /// <param name="discriminator">D's, if these are G's.</param>
    /// <param name="byDefault">The numbers and their defaults.</param>
    /// <exception cref="InvalidDataException">The message names it.</exception>
    public void CheckShared(PickleArguments discriminator, params (string Name, double Default)[] byDefault)
    {
        foreach ((string name, double otherwise) in byDefault)
        {
            if (Number(name, otherwise) is var left && discriminator.Number(name, otherwise) is var right && !left.Equals(right))
                throw new InvalidDataException($"G and D differ in {name} ({left} and {right}), which here is one number for both");
        }
        if (Switch("use_wscale", true) != discriminator.Switch("use_wscale", true))
            throw new InvalidDataException("G and D differ in use_wscale, which here is one switch for both");
    }

    private object? Given(string name) => arguments.TryGet(name, out object? value) ? value : null;
}
