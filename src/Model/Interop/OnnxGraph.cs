using System.Runtime.InteropServices;
using TorchSharp;

namespace Pggan.Model;

/// <summary>An ONNX graph as it is put together: operations in the order in which they are computed, and weights. Field numbers are those of onnx.proto.</summary>
/// <param name="name">Its name.</param>
/// <param name="cancellationToken">Heard before a weight is made.</param>
internal sealed class OnnxGraph(string name, CancellationToken cancellationToken)
{
    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const string Batch = "N";

    private readonly ProtobufMessage graph = new ProtobufMessage().Add(2, name);

    /// <summary>The graph so far.</summary>
    public ProtobufMessage Message => graph;

    /// <summary>Declares a float input [N, …].</summary>
    /// <returns>Its name.</returns>
    public string Input(string name, params long[] sizes) => Declare(11, name, sizes);

    /// <summary>Declares which value is an output [N, …].</summary>
    public void Output(string name, params long[] sizes) => Declare(12, name, sizes);

    /// <summary>An operation of one output.</summary>
    /// <param name="operation">Name of the operator.</param>
    /// <param name="output">Name of the value that it gives.</param>
    /// <param name="inputs">Names of its inputs in order; empty = left out.</param>
    /// <param name="attributes">A long, a double, a text or a list of longs each.</param>
    /// <returns><paramref name="output"/>.</returns>
    public string Add(string operation, string output, IEnumerable<string> inputs, params (string Name, object Value)[] attributes)
    {
        ProtobufMessage node = new();
        foreach (string input in inputs)
            node.Add(1, input);
        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach ((string attribute, object value) in attributes)
            node.Add(5, Attribute(attribute, value));
        graph.Add(1, node);
        return output;
    }

    /// <summary>A weight. It is made twice: now for its shape, and when it is written, so that one at a time is in memory.</summary>
    /// <returns>Its name.</returns>
    public string Weight(string name, Func<torch.Tensor> make)
    {
        long[] shape;
        cancellationToken.ThrowIfCancellationRequested();
        using (torch.NewDisposeScope())
            shape = [.. make().shape];
        return Initializer(name, FloatType, shape, shape.Aggregate((long)sizeof(float), (a, b) => checked(a * b)), stream =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            stream.Write(MemoryMarshal.AsBytes<float>(HostTensor.From(make()).Data));
        });
    }

    /// <summary>Floats that are no weights.</summary>
    public string Constant(string name, long[] shape, params float[] values) =>
        Initializer(name, FloatType, shape, (long)sizeof(float) * values.Length, stream => stream.Write(MemoryMarshal.AsBytes<float>(values)));

    /// <summary>A list of whole numbers.</summary>
    public string Constant(string name, params long[] values) =>
        Initializer(name, Int64Type, [values.Length], (long)sizeof(long) * values.Length, stream => stream.Write(MemoryMarshal.AsBytes<long>(values)));

    private string Initializer(string name, int type, long[] shape, long bytes, Action<Stream> write)
    {
        ProtobufMessage tensor = new();
        foreach (long size in shape)
            tensor.Add(1, size);
        graph.Add(5, tensor.Add(2, type).Add(8, name).Add(9, bytes, write));
        return name;
    }

    private string Declare(int field, string name, long[] sizes)
    {
        ProtobufMessage shape = new ProtobufMessage().Add(1, new ProtobufMessage().Add(2, Batch));
        foreach (long size in sizes)
            shape.Add(1, new ProtobufMessage().Add(1, size));
        ProtobufMessage type = new ProtobufMessage().Add(1, new ProtobufMessage().Add(1, FloatType).Add(2, shape));
        graph.Add(field, new ProtobufMessage().Add(1, name).Add(2, type));
        return name;
    }

    private static ProtobufMessage Attribute(string name, object value)
    {
        ProtobufMessage attribute = new ProtobufMessage().Add(1, name);
        switch (value)
        {
            case double number:
                return attribute.Add(2, (float)number).Add(20, 1);
            case long number:
                return attribute.Add(3, number).Add(20, 2);
            case string text:
                return attribute.Add(4, text).Add(20, 3);
            case long[] numbers:
                foreach (long number in numbers)
                    attribute.Add(8, number);
                return attribute.Add(20, 7);
            default:
                throw new ArgumentException($"no attribute is a {value.GetType()}", nameof(value));
        }
    }
}
