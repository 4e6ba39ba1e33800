using System.Globalization;
using System.Runtime.ExceptionServices;
using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Images as PNGs that tell how they were made.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="network">What draws.</param>
/// <param name="inputs">What each image is drawn from.</param>
internal sealed class SamplePngs(SampleRequest request, DrawnNetwork network, SampleInputs inputs)
{
    private const int PartsAhead = 1;

    /// <summary>What is made of each image's PNG, in order. Images are encoded on all cores, and the next ones drawn meanwhile.</summary>
    public IEnumerable<T> Each<T>(IEnumerable<HostTensor> parts, Func<int, byte[], T> make)
    {
        int done = 0;
        foreach (HostTensor part in Ahead.Of(parts, PartsAhead))
        {
            int first = done, count = (int)part.Shape[0], size = network.ImageSize;
            T[] made = new T[count];
            try
            {
                Parallel.For(0, count, i =>
                {
                    byte[] pixels = ImageSampler.ToBytes(part.Data.AsSpan(i * size, size));
                    Dictionary<string, string> text = Text(inputs.OriginOf(first + i), inputs.ClassOf(first + i)?.Text, inputs.ClassNameOf(first + i));
                    made[i] = make(first + i, ImageCodec.EncodePng(pixels, network.Architecture.Channels, network.Width, network.Height, text));
                });
            }
            catch (AggregateException e)
            {
                ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
            }
            foreach (T one in made)
                yield return one;
            done += count;
        }
    }

    /// <summary>What a picture tells of itself.</summary>
    public Dictionary<string, string> Text(string seed, string? @class, string? className)
    {
        Dictionary<string, string> text = new(network.Text) { ["Seed"] = seed };
        if (@class is not null)
            text["Class"] = @class;
        if (className is not null)
            text["ClassName"] = className;
        if (request.Truncation < 1)
            text["Truncation"] = request.Truncation.ToString(CultureInfo.InvariantCulture);
        if (request.Network.Precision != Precision.Fp32)
            text["Precision"] = Say.Name(request.Network.Precision);
        return text;
    }
}
