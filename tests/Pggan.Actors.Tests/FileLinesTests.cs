using System.Text;

namespace Pggan.Actors.Tests;

/// <summary>Lines of files beside their writers.</summary>
public sealed class FileLinesTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("pggan-lines-").FullName, "lines");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void Every_whole_line_is_read_whatever_its_length_and_those_too_long_as_empty_ones()
    {
        // Around the sizes at which the buffer grows, and the longest line.
        int[] lengths = [0, 1, 65_535, 0, 65_536, 65_537, 7, 200_000, FileLines.Longest - 1, FileLines.Longest, 3, 3 * FileLines.Longest, 5, 0];
        var text = string.Concat(lengths.Select((length, i) => new string((char)('a' + i), length) + "\n"));
        File.WriteAllText(_path, text + "torn");

        var read = FileLines.Read(_path).Select(line => (Text: Encoding.UTF8.GetString(line.Line.Span), line.End)).ToList();
        long end = 0;
        Assert.Equal(lengths.Length, read.Count);
        foreach (var (i, length) in lengths.Index())
        {
            end += length + 1;
            Assert.Equal((end, length >= FileLines.Longest ? 0 : length), (read[i].End, read[i].Text.Length));
            Assert.All(read[i].Text, letter => Assert.Equal((char)('a' + i), letter));
        }

        Assert.Equal(["g", "h"], FileLines.Read(_path, read[5].End).Take(2).Select(line => Encoding.UTF8.GetString(line.Line.Span[..1])));
        Assert.Empty(FileLines.Read(_path, new FileInfo(_path).Length + 10));
    }
}
