using System.Globalization;

namespace Pggan.Model;

/// <summary>
/// Which parameters of a network take part at a growth stage. The others have no gradient: the reference gives them zero, which
/// Adam with beta1 = 0 turns into no change.
/// </summary>
internal static class ActiveParameters
{
    /// <summary>Of G: what an image of this stage depends on.</summary>
    public static bool OfGenerator(string name, NetworkArchitecture architecture, GrowthStage stage) =>
        architecture.Layout == NetworkLayout.Dcgan || Of(name, architecture.LevelOf(stage.Resolution), stage.IsFading);

    /// <summary>Of D: what a score of this stage depends on.</summary>
    public static bool OfDiscriminator(string name, NetworkArchitecture architecture, GrowthStage stage) =>
        architecture.Layout == NetworkLayout.Dcgan || Of(name, architecture.LevelOf(stage.Resolution), architecture.DiscriminatorFades(stage));

    /// <summary>Reads the level out of a state-dict name such as <c>blocks.2.conv0.weight</c> or <c>toRgb.3.bias</c>.</summary>
    private static bool Of(string name, int level, bool fading)
    {
        string[] parts = name.Split('.');
        int index = parts.Length > 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int i) ? i : 0;
        return parts[0] switch
        {
            "blocks" => index < level,
            "toRgb" or "fromRgb" => index == level || (fading && index == level - 1),
            _ => true,
        };
    }
}
