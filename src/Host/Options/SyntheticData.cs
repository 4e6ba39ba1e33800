using System.Globalization;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>The dataset that needs no file, as --data names it: synthetic, synthetic:IMAGES, synthetic:IMAGESxWIDTHxHEIGHT or …xCHANNELS.</summary>
internal static class SyntheticData
{
    /// <summary>Its name.</summary>
    public const string Name = "synthetic";

    private const int UsualImages = 10_000;
    private const int MostImages = 10_000_000;
    private const int LeastSide = ImagePyramid.SmallestResolution;
    private const int UsualResolution = 64;
    private const int Classes = 4;
    private const int Seed = 1;

    /// <summary>Whether --data means it. A folder of this name is named as in ./synthetic.</summary>
    public static bool Is(string data) => data == Name || data.StartsWith(Name + ":", StringComparison.Ordinal);

    /// <summary>The name with all that decides the images, so that it means the same later; other datasets keep theirs.</summary>
    /// <param name="data">As --data names it.</param>
    /// <param name="resolution">That is asked for; null = none. Images whose size the name does not tell have this, 64 at least.</param>
    /// <param name="base">What they grow from.</param>
    /// <param name="channels">Where the name does not tell.</param>
    /// <exception cref="UserException">The name can't be understood.</exception>
    public static string Complete(string data, int? resolution, BaseSize @base, int channels)
    {
        if (!Is(data))
            return data;
        int[] said = Numbers(data);
        int at = Math.Clamp(resolution ?? UsualResolution, UsualResolution, Datasets.LargestResolution);
        int[] size = said is [_, int width, int height, ..] ? [width, height] : [Side(@base.WidthAt(at)), Side(@base.HeightAt(at))];
        int[] all = [said is [int images, ..] ? images : UsualImages, .. size, said is [_, _, _, int own] ? own : channels is 1 or 4 ? channels : 3];
        return $"{Name}:{string.Join('x', all.Select(number => number.ToString(CultureInfo.InvariantCulture)))}";

        // A run of a longer one is refused for its own sake.
        static int Side(int side) => Math.Min(side, PipelineOptions.LongestSide);
    }

    /// <summary>The source.</summary>
    /// <exception cref="UserException">The name can't be understood.</exception>
    public static SyntheticSource Open(string data, bool keepsAlpha)
    {
        int[] numbers = Numbers(Complete(data, null, BaseSize.Square, keepsAlpha ? 4 : 3));
        return new SyntheticSource(numbers[0], numbers[1], numbers[3], Classes, Seed, numbers[2]);
    }

    private static int[] Numbers(string data)
    {
        if (data == Name)
            return [];
        int[] numbers = [.. data[(Name.Length + 1)..].Split('x').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        bool isSound = numbers is [> 0 and <= MostImages] or [> 0 and <= MostImages, _, _] or [> 0 and <= MostImages, _, _, 1 or 3 or 4];
        if (isSound && numbers.Skip(1).Take(2).All(side => side is >= LeastSide and <= PipelineOptions.LongestSide))
            return numbers;
        throw new UserException(
            $"{DisplayName.Of(data)} is no synthetic dataset; it is named {Name}, {Name}:IMAGES, {Name}:IMAGESxWIDTHxHEIGHT or {Name}:IMAGESxWIDTHxHEIGHTxCHANNELS, as in {Name}:1000x64x96x4: "
            + $"at most {MostImages} images, sides of {LeastSide} to {PipelineOptions.LongestSide}, 1, 3 or 4 channels.");
    }
}
