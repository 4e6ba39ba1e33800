using System.Globalization;
using Pggan.Model;

namespace Pggan.Host;

/// <summary>A generator and how far it is grown to draw with.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Snapshot">The weights.</param>
/// <param name="Stage">Where the images are taken from.</param>
internal sealed record DrawnNetwork(string Name, GeneratorSnapshot Snapshot, GrowthStage Stage)
{
    /// <summary>Reads what the user named.</summary>
    /// <exception cref="UserException">There is no such network, or it has no such stage.</exception>
    public static DrawnNetwork Open(NetworkRequest request, TextWriter error)
    {
        GeneratorSnapshot snapshot = NetworkFiles.ReadGenerator(request.Network, request.Raw);
        DrawnNetwork network = new(request.Network, snapshot, StageOf(request.Resolution, request.Alpha, snapshot));
        WarnAbove(snapshot.Architecture, snapshot.Stage, network.Stage, error);
        return network;
    }

    /// <summary>Says so where a network has not grown as far as it is asked for.</summary>
    public static void WarnAbove(NetworkArchitecture architecture, GrowthStage grown, GrowthStage wanted, TextWriter error)
    {
        if (wanted.Resolution > grown.Resolution)
            error.WriteLine($"pggan: the network has grown to {architecture.SizeAt(grown.Resolution)} so far; above that it is untrained.");
    }

    /// <summary>What the generator is built from.</summary>
    public NetworkArchitecture Architecture => Snapshot.Architecture;

    /// <summary>Where the images are taken from.</summary>
    public int Resolution => Stage.Resolution;

    /// <summary>Width of an image in pixels.</summary>
    public int Width => Architecture.WidthAt(Resolution);

    /// <summary>Height of an image in pixels.</summary>
    public int Height => Architecture.HeightAt(Resolution);

    /// <summary>Numbers of an image.</summary>
    public int ImageSize => Architecture.BytesAt(Resolution);

    /// <summary>What a picture tells of the network that drew it.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Text { get; } =
    [
        new("Software", "pggan"),
        new("Network", Name),
        new("Digest", Snapshot.Digest()),
        new("Images", Snapshot.Images.ToString(CultureInfo.InvariantCulture)),
        new("Resolution", Stage.Resolution.ToString(CultureInfo.InvariantCulture)),
        new("Alpha", Stage.Alpha.ToString("0.####", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The stage of --resolution and --alpha; where they are not given, the network's own.</summary>
    /// <exception cref="UserException">The network has no such stage.</exception>
    public static GrowthStage StageOf(int? wantedResolution, double? wantedAlpha, GeneratorSnapshot snapshot)
    {
        int resolution = wantedResolution ?? snapshot.Stage.Resolution;
        double alpha = wantedAlpha ?? (resolution == snapshot.Stage.Resolution ? snapshot.Stage.Alpha : 1);
        int most = snapshot.Architecture.Resolution;
        if (resolution < 4 || resolution > most || Presets.PowerBelow(resolution) != resolution)
            throw new UserException($"--resolution {resolution}: this network draws at powers of two from 4 to {most}.");
        if (alpha is not (>= 0 and <= 1))
            throw new UserException($"--alpha {alpha} must be from 0 to 1.");
        GrowthStage stage = new(resolution, resolution == 4 ? 1 : alpha); // nothing fades in there
        return snapshot.Architecture.Has(stage)
            ? stage
            : throw new UserException($"--resolution {resolution}, --alpha {alpha}: a DCGAN does not grow; it draws at {most} alone.");
    }
}
