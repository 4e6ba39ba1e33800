using System.Text.Json.Serialization;

namespace Pggan.Model;

/// <summary>What the networks are made of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NetworkLayout>))]
public enum NetworkLayout
{
    /// <summary>The growing networks of Karras et al. 2018.</summary>
    Progressive,

    /// <summary>
    /// The networks of Radford et al. 2016, which do not grow: a strided 4x4 convolution a level, transposed in G, with batch norm but at G's output and D's
    /// input.
    /// </summary>
    Dcgan,
}
