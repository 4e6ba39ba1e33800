namespace Pggan.Pipeline.Tests;

internal static class Labels
{
    public static float[] Of(IImageSource source, int index)
    {
        var label = new float[source.LabelSize];
        source.CopyLabel(index, label);
        return label;
    }
}
