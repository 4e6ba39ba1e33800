namespace Pggan.Model;

/// <summary>One network of a checkpoint of the authors' Theano code: what it was built from, and its arrays in the order of its layers.</summary>
internal sealed class TheanoNetwork
{
    private readonly IReadOnlyList<object?> arrays;
    private int next;

    private TheanoNetwork(string what, PickleArguments arguments, IReadOnlyList<object?> arrays, float lod) =>
        (What, Arguments, this.arrays, Lod) = (what, arguments, arrays, lod);

    /// <summary>Which one, for a person.</summary>
    public string What { get; }

    /// <summary>What it was built from.</summary>
    public PickleArguments Arguments { get; }

    /// <summary>How many arrays it has.</summary>
    public int Arrays => arrays.Count;

    /// <summary>How far it has to grow.</summary>
    public float Lod { get; }

    /// <summary>True for what that code pickled.</summary>
    public static bool Is(object? value) => value is PickleCall { Maker: PickleGlobals.TheanoNetwork };

    /// <summary>Takes one out of a pickle.</summary>
    /// <param name="value">What stands in its place.</param>
    /// <param name="what">Which one, for a person.</param>
    /// <param name="functions">Names of the functions that may have built it; the first is the published one.</param>
    public static TheanoNetwork Of(object? value, string what, params string[] functions)
    {
        if (!Is(value))
            throw new InvalidDataException($"{what} is no network of the Theano version");
        PickleDictionary state = PickleValues.Dictionary(((PickleCall)value!).State, $"{what}'s state");
        PickleDictionary arguments = PickleValues.Dictionary(Of("build_func_spec"), $"{what}'s build_func_spec");
        string built = PickleValues.Text(arguments.TryGet("func", out object? function) ? function : null, $"{what}'s function");
        if (!functions.Contains(built))
            throw new InvalidDataException($"{what} was built by {(built.Length > 40 ? built[..40] : built)}, and {functions[0]} is the progressive GAN's");
        object? lod = PickleValues.Dictionary(Of("toplevel_params"), $"{what}'s toplevel_params").TryGet("cur_lod", out object? given) ? given : null;
        return new TheanoNetwork(
            what, new PickleArguments(what, arguments), PickleValues.Sequence(Of("param_values"), $"{what}'s param_values"), NumpyValues.Array(lod, $"{what}'s cur_lod", 1).Data[0]);

        object? Of(string key) => state.TryGet(key, out object? found) ? found : throw new InvalidDataException($"{what} has no {key}");
    }

    /// <summary>The next array, which must have this shape.</summary>
    /// <exception cref="InvalidDataException">There is none, or it has another; the message says which one it is.</exception>
    public HostTensor Next(string name, params long[] shape)
    {
        string array = $"{What}'s array {next}, {name},";
        if (next >= arrays.Count)
            throw new InvalidDataException($"{array} is missing");
        HostTensor tensor = NumpyValues.Array(arrays[next++], array, shape.Aggregate(1L, (a, b) => a * b));
        return tensor.Shape.SequenceEqual(shape)
            ? tensor
            : throw new InvalidDataException($"{array} is [{string.Join(", ", tensor.Shape)}] instead of [{string.Join(", ", shape)}]");
    }
}
