using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Pggan.Model;

/// <summary>The weights of a generator in host memory.</summary>
/// <param name="Architecture">What the generator is built from.</param>
/// <param name="Stage">How far it had grown.</param>
/// <param name="Images">Real images that its training had seen.</param>
/// <param name="Tensors">Parameters by state-dict name.</param>
public sealed record GeneratorSnapshot(
    NetworkArchitecture Architecture,
    GrowthStage Stage,
    long Images,
    IReadOnlyDictionary<string, HostTensor> Tensors)
{
    /// <summary>What the label without any flag is called, where no flag is.</summary>
    public const string NoFlag = "none";

    /// <summary>Names of a label's components in their order; empty where they are not known.</summary>
    public IReadOnlyList<string> LabelNames { get; init; } = [];

    /// <summary>The component of a label that a name means, as it is written or else in any case; null = none, or several.</summary>
    public int? LabelOf(string name)
    {
        foreach (StringComparison how in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
        {
            int[] places = [.. LabelNames.Index().Where(known => known.Item.Equals(name, how)).Select(known => known.Index)];
            if (places.Length > 0)
                return places.Length == 1 ? places[0] : null;
        }
        return null;
    }

    /// <summary>
    /// The components that <c>A+B</c>, or one name, means; null = one of them means none, or several. Names go before numbers, which are places in
    /// the label from 0 on: a class may be called 5. Of flags alone, <see cref="NoFlag"/> means the label of none.
    /// </summary>
    /// <param name="text">Names or numbers, as many as there are.</param>
    public IReadOnlyList<int>? ComponentsOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (ComponentOf(text) is { } one)
            return [one]; // a name may hold the sign
        if (text.Equals(NoFlag, StringComparison.OrdinalIgnoreCase) && Architecture.LabelGroups?.AreFlags == true)
            return [];
        int?[] several = [.. text.Split('+', StringSplitOptions.TrimEntries).Select(ComponentOf)];
        return several.Length > 1 && several.All(component => component is not null) ? [.. several.Select(component => component!.Value)] : null;
    }

    /// <summary>SHA-256 of the weights in the order of their names, in hexadecimal: the same for the same network, whatever file it came from.</summary>
    public string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, HostTensor tensor) in Tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}[{string.Join(',', tensor.Shape)}]"));
            hash.AppendData(MemoryMarshal.AsBytes<float>(tensor.Data));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private int? ComponentOf(string text) => LabelOf(text)
        ?? (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int place) && place < Architecture.LabelSize ? place : null);
}
