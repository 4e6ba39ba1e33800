using System.Text.Json.Serialization;

namespace Pggan.Model;

/// <summary>Whose reading of the paper a network follows. Weights of one mean nothing in the other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NetworkConventions>))]
public enum NetworkConventions
{
    /// <summary>The authors' TensorFlow code.</summary>
    Official,

    /// <summary>
    /// pytorch_GAN_zoo: every layer has gain sqrt(2), and its run-time scale covers the bias too; G's dense layer has a bias for each of its
    /// numbers; groups of the minibatch standard deviation are neighbours, with unbiased variance, and the whole minibatch is one where it
    /// can't be divided; D takes its 8x8 block in one step.
    /// </summary>
    GanZoo,
}
