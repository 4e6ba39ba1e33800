namespace Pggan.Model;

/// <summary>Names that occur in pickles of networks.</summary>
internal static class PickleGlobals
{
    public const string OrderedDict = "collections.OrderedDict";
    public const string Encode = "_codecs.encode"; // bytes in pickles of protocol 2
    public const string NumpyDtype = "numpy.dtype";
    public const string TensorFlowNetwork = "tfutil.Network";
    public const string TheanoNetwork = "network.Network";
    public const string ZooConfig = "models.utils.config.BaseConfig";
    public const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    public const string RebuildParameter = "torch._utils._rebuild_parameter";
    public const string FloatStorage = "torch.FloatStorage";
    public const string DoubleStorage = "torch.DoubleStorage";
    public const string HalfStorage = "torch.HalfStorage";

    private static readonly string[] BytesOrArray = ["__builtin__.bytes", "builtins.bytes", "__builtin__.bytearray", "builtins.bytearray"];

    /// <summary>A dictionary with attributes of the official code.</summary>
    private static readonly string[] EasyDict = ["config.EasyDict", "dnnlib.EasyDict", "dnnlib.util.EasyDict"];

    /// <summary>Numpy's functions, in the modules of its versions 1 and 2.</summary>
    private static readonly string[] Reconstruct = ["numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"];
    private static readonly string[] Scalar = ["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"];
    private static readonly string[] FromBuffer = ["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"];

    /// <summary>Of an official checkpoint.</summary>
    public static IReadOnlySet<string> OfOfficial { get; } = new HashSet<string>(
        [TensorFlowNetwork, TheanoNetwork, OrderedDict, Encode, NumpyDtype, "numpy.ndarray", .. BytesOrArray, .. EasyDict, .. Reconstruct, .. Scalar, .. FromBuffer]);

    /// <summary>Of a checkpoint of pytorch_GAN_zoo.</summary>
    public static IReadOnlySet<string> OfZoo { get; } = new HashSet<string>(
        [ZooConfig, OrderedDict, Encode, NumpyDtype, .. BytesOrArray, .. Scalar, RebuildTensor, RebuildParameter, FloatStorage, DoubleStorage, HalfStorage]);

    public static bool IsReconstruct(string name) => Reconstruct.Contains(name);

    public static bool IsScalar(string name) => Scalar.Contains(name);

    public static bool IsFromBuffer(string name) => FromBuffer.Contains(name);

    public static bool IsBytes(string name) => BytesOrArray.Contains(name);

    public static bool IsDictionary(string name) => name == OrderedDict || EasyDict.Contains(name);

    /// <summary>Why a global is refused, with what is known of its origin.</summary>
    public static string Refusal(string global) => global switch
    {
        "dnnlib.tflib.network.Network" or "training.networks.Generator" => $"it holds a {global}, a network of StyleGAN or a later program, which is another architecture",
        _ => $"it names {global}, which no progressive GAN consists of; nothing of it was run",
    };
}
