namespace Pggan.Model.Tests;

/// <summary>Feature tables for tests.</summary>
internal static class Tables
{
    /// <summary>Rows of whole numbers or the like: distances of such are exact.</summary>
    public static FeatureTable Of(params float[][] rows)
    {
        FeatureTable table = new(rows[0].Length);
        foreach (float[] row in rows)
            table.Append(row);
        return table;
    }

    /// <summary>A row of one number for each number.</summary>
    public static FeatureTable OnALine(params float[] places) => Of([.. places.Select(place => new[] { place })]);

    /// <summary>Draws from N(shift, scale^2) in each component.</summary>
    public static FeatureTable Normal(int count, int size, long seed, double shift = 0, double scale = 1)
    {
        using TorchSharp.torch.Tensor draws = Chance.Normal(count, size, seed, Purpose.Samples, 0);
        FeatureTable table = new(size);
        table.Append(HostTensor.From(draws).Data.Select(z => (float)(shift + scale * z)).ToArray());
        return table;
    }

    /// <summary>The rows of a table in another order, appended in parts of other sizes.</summary>
    public static FeatureTable Shuffled(FeatureTable table, int rowsAtOnce)
    {
        FeatureTable shuffled = new(table.Size);
        foreach (int[] part in Chance.Order(table.Count, 9, Purpose.Samples, 0).Chunk(rowsAtOnce))
            shuffled.Append([.. part.SelectMany(row => table[row].ToArray())]);
        return shuffled;
    }
}
