using System.Text;
using Pggan.Model;

namespace Pggan.Actors;

/// <summary>Layers of networks as TensorBoard draws them: fields of tensorflow.GraphDef.</summary>
internal static class GraphRecord
{
    public static byte[] Of(IReadOnlyList<NetworkLayer> layers) => [.. layers.SelectMany(layer => EventRecord.Bytes(1, NodeOf(layer)))];

    /// <summary>tensorflow.NodeDef, with the attribute in which TensorFlow tells the shapes of outputs.</summary>
    private static byte[] NodeOf(NetworkLayer layer) =>
    [
        .. Text(1, layer.Name),
        .. Text(2, layer.Operation),
        .. layer.Inputs.SelectMany(input => Text(3, input)),
        .. EventRecord.Bytes(5, [.. Text(1, "_output_shapes"), .. EventRecord.Bytes(2, EventRecord.Bytes(1, EventRecord.Bytes(7, ShapeOf(layer))))]),
    ];

    /// <summary>tensorflow.TensorShapeProto.</summary>
    private static byte[] ShapeOf(NetworkLayer layer) => [.. layer.Shape.SelectMany(size => EventRecord.Bytes(2, EventRecord.Number(1, size)))];

    private static byte[] Text(int field, string text) => EventRecord.Bytes(field, Encoding.UTF8.GetBytes(text));
}
