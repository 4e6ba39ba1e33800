using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Pggan.Model;

/// <summary>Opens networks that describe images. Nothing is ever fetched: a network is a file that the user has.</summary>
public static class FeatureNetworks
{
    private static readonly byte[] ZipHead = "PK\x03\x04"u8.ToArray();

    /// <summary>
    /// A TorchScript file in the layout of StyleGAN2-ADA's <c>inception-2015-12-05.pt</c>, found by its first bytes, or a classifier of
    /// <see cref="ClassifierTrainer"/>.
    /// </summary>
    /// <param name="path">The file. TorchScript is a program: open those of people you trust.</param>
    /// <param name="device">Where it will run.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such network; the message says what was expected.</exception>
    public static FeatureExtractor Open(string path, Device device)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(device);
        using FileStream file = OrdinaryFile.Open(path);
        byte[] head = new byte[ZipHead.Length];
        bool isZip = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan().SequenceEqual(ZipHead);
        file.Position = 0;
        return isZip ? new ScriptedFeatures(path, Digest(file), device) : new ImageClassifier(path, Digest(file), device);
    }

    private static string Digest(FileStream file) => Convert.ToHexStringLower(SHA256.HashData(file));
}
