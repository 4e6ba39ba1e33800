using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Pggan.Model.Tests;

/// <summary>An exported generator in ONNX Runtime.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession session;

    public OnnxModel(GeneratorSnapshot snapshot)
    {
        using MemoryStream file = new();
        OnnxExporter.Write(file, snapshot, TestContext.Current.CancellationToken);
        using SessionOptions options = new() { IntraOpNumThreads = 1 };
        session = new InferenceSession(file.ToArray(), options);
    }

    public InferenceSession Session => session;

    /// <summary>Images of latents, and of labels where there are any.</summary>
    public HostTensor Run(HostTensor z, HostTensor? labels)
    {
        List<NamedOnnxValue> inputs = [Named("z", z)];
        if (labels is not null)
            inputs.Add(Named("labels", labels));
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(inputs);
        DenseTensor<float> images = outputs.Single(o => o.Name == "images").AsTensor<float>().ToDenseTensor();
        return new HostTensor([.. images.Dimensions.ToArray().Select(d => (long)d)], images.ToArray());
    }

    public void Dispose() => session.Dispose();

    private static NamedOnnxValue Named(string name, HostTensor tensor) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(tensor.Data, [.. tensor.Shape.Select(s => (int)s)]));
}
