namespace Pggan.Model;

/// <summary>One network of an official checkpoint: what it was built from, and its variables.</summary>
internal sealed class OfficialNetwork
{
    private const int Version = 2;
    private const int MostVariables = 1000;

    private OfficialNetwork(string what, PickleArguments arguments, Dictionary<string, object?> variables) =>
        (What, Arguments, Variables) = (what, arguments, variables);

    /// <summary>Which one, for a person.</summary>
    public string What { get; }

    /// <summary>What it was built from.</summary>
    public PickleArguments Arguments { get; }

    /// <summary>Arrays and numbers of numpy by TensorFlow's names.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; }

    /// <summary>Takes one out of a pickle.</summary>
    /// <param name="value">What stands in its place.</param>
    /// <param name="what">Which one, for a person.</param>
    /// <param name="function">Name of the function that must have built it.</param>
    public static OfficialNetwork Of(object? value, string what, string function)
    {
        if (value is not PickleCall { Maker: PickleGlobals.TensorFlowNetwork } network)
            throw new InvalidDataException($"{what} is no network of the official code");
        PickleDictionary state = PickleValues.Dictionary(network.State, $"{what}'s state");
        if (PickleValues.Integer(Of("version"), $"{what}'s version") is var version && version != Version)
            throw new InvalidDataException($"{what} is of version {version} of the official format, and {Version} can be read");
        if (PickleValues.Text(Of("build_func_name"), $"{what}'s function") is var built && built != function)
            throw new InvalidDataException($"{what} was built by {(built.Length > 40 ? built[..40] : built)}, and {function} is the progressive GAN's");
        IReadOnlyList<object?> pairs = PickleValues.Sequence(Of("variables"), $"{what}'s variables");
        Dictionary<string, object?> variables = [];
        foreach (object? pair in pairs.Count <= MostVariables ? pairs : throw new InvalidDataException($"{what} has more than {MostVariables} variables"))
        {
            if (pair is not PickleSequence { Items: [string name, var number] } || !variables.TryAdd(name, number))
                throw new InvalidDataException($"{what}'s variables are no names with values, each once");
        }
        return new OfficialNetwork(what, new PickleArguments(what, PickleValues.Dictionary(Of("static_kwargs"), $"{what}'s arguments")), variables);

        object? Of(string key) => state.TryGet(key, out object? found) ? found : throw new InvalidDataException($"{what} has no {key}");
    }
}
