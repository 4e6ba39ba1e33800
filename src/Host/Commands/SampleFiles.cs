using Pggan.Model;
using Pggan.Pipeline;

namespace Pggan.Host;

/// <summary>Where images go: a file for each, a zip of such files, one grid of all, or one tensor.</summary>
internal sealed class SampleFiles
{
    /// <summary>Most memory for images that go into one file.</summary>
    private const long MostHeldBytes = 1L << 30;

    /// <summary>More files than these are counted, not listed.</summary>
    private const int MostListed = 64;

    private readonly SampleRequest _request;
    private readonly DrawnNetwork _network;
    private readonly SampleInputs _inputs;
    private readonly SamplePngs _pngs;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly int? _columns;

    /// <summary>Decides by the name of the target.</summary>
    /// <exception cref="UserException">The images can't go there.</exception>
    public SampleFiles(SampleRequest request, DrawnNetwork network, SampleInputs inputs, TextWriter output, TextWriter error)
    {
        (_request, _network, _inputs, _output, _error) = (request, network, inputs, output, error);
        _pngs = new SamplePngs(request, network, inputs);
        if (!IsTensor && !IsPicture && !IsZip && FolderName.FileEnding(request.Out) is { } ending)
            throw new UserException($"--out {request.Out}: images go into a folder, a .zip, a .png or a .safetensors, not into a {ending}.");
        Count = inputs.Count;
        if (!IsTensor && (request.Grid is not null || (IsPicture && Count > 1)))
        {
            if (IsZip)
                throw new UserException("--grid makes one picture, and a zip is for many; leave one of them out.");
            (int columns, int rows) = request.Grid is null ? SquareGrid(Count) : GridSize.Parse("--grid", request.Grid);
            if (Count > columns * rows)
                throw new UserException($"--grid {request.Grid} holds {columns * rows} images, and {Count} are asked for; take a larger one, or fewer images.");
            if (Count <= columns * (rows - 1))
                error.WriteLine($"pggan: --grid {request.Grid} holds {columns * rows} images, and {Count} are asked for; rows without any are left out.");
            _columns = columns;
        }
        if (IsTensor || _columns is not null)
            CheckHeld(Count, _columns, network.ImageSize);
        if (!IsTensor && _columns is null && Enumerable.Range(0, Count).GroupBy(inputs.FileOf, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
            throw new UserException($"{twice.Key} is asked for twice, and a folder or zip holds a name once; leave one out.");
    }

    /// <summary>Images to draw.</summary>
    public int Count { get; }

    private bool IsTensor => Ends(".safetensors");

    private bool IsPicture => Ends(".png");

    private bool IsZip => Ends(".zip");

    /// <summary>Fails before images are drawn that could not be held until the last of them.</summary>
    public static void CheckHeld(int count, int? columnsOfGrid, int size)
    {
        // A tensor is held in floats. Of a grid there are the bytes of the images, of the raster with its empty cells, and of the encoder.
        long bytes = columnsOfGrid is { } columns ? (count + columns - 1L) / columns * columns * size * 3 : (long)count * size * sizeof(float);
        if (bytes > MostHeldBytes)
        {
            throw new UserException(
                $"{count} images in one file need {Say.Memory(bytes)} of memory, more than {Say.Memory(MostHeldBytes)}; " +
                $"draw fewer, or {(columnsOfGrid is null ? "" : "without --grid ")}into a folder with --out.");
        }
    }

    /// <summary>Draws them and puts them away.</summary>
    /// <param name="parts">The images in order, some at a time, each drawn when it is asked for.</param>
    /// <param name="cancellationToken">Leaves no half of a zip.</param>
    public void Save(IEnumerable<HostTensor> parts, CancellationToken cancellationToken)
    {
        bool isFile = IsTensor || IsPicture || IsZip;
        Directory.CreateDirectory(isFile ? Path.GetDirectoryName(Path.GetFullPath(_request.Out))! : _request.Out);
        if (IsTensor)
            SaveTensor(parts);
        else if (_columns is { } columns)
            SaveGrid(parts, columns);
        else if (IsZip)
            SaveZip(parts, cancellationToken);
        else
            SaveEach(parts);
    }

    private void SaveTensor(IEnumerable<HostTensor> parts)
    {
        float[] images = new float[Count * _network.ImageSize];
        int filled = 0;
        foreach (HostTensor part in parts)
        {
            part.Data.CopyTo(images, filled);
            filled += part.Data.Length;
        }
        HostTensor all = new([Count, _network.Architecture.Channels, _network.Height, _network.Width], images);
        Durable.Replace(_request.Out, file => Safetensors.Write(file, [KeyValuePair.Create("images", all)], null));
        _output.WriteLine(_request.Out);
    }

    private void SaveGrid(IEnumerable<HostTensor> parts, int columns)
    {
        int channels = _network.Architecture.Channels, width = columns * _network.Width, filled = 0;
        byte[] images = new byte[Count * _network.ImageSize];
        foreach (HostTensor part in parts)
        {
            ImageSampler.ToBytes(part.Data).CopyTo(images, filled);
            filled += part.Data.Length;
        }
        byte[] raster = ImageGrid.Compose(images, channels, _network.Width, _network.Height, columns);
        string file = IsPicture ? _request.Out : Path.Combine(_request.Out, "grid.png");
        Dictionary<string, string> text = _pngs.Text(_request.Latents ?? _request.Seeds, _inputs.Classes, _inputs.ClassNames);
        Durable.Replace(file, ImageCodec.EncodePng(raster, channels, width, raster.Length / channels / width, text));
        _output.WriteLine(file);
    }

    /// <summary>A file for each image; the only one may have a name of its own.</summary>
    private void SaveEach(IEnumerable<HostTensor> parts)
    {
        DrawProgress progress = new(Count, _error);
        IEnumerable<string> files = _pngs.Each(parts, (number, png) =>
        {
            string file = IsPicture ? _request.Out : Path.Combine(_request.Out, _inputs.FileOf(number) + ".png");
            Durable.Replace(file, png);
            return file;
        });
        foreach (string file in files)
        {
            if (Count <= MostListed)
                _output.WriteLine(file);
            else
                progress.Step();
        }
        if (Count > MostListed)
            _output.WriteLine(progress.End(_request.Out));
    }

    private void SaveZip(IEnumerable<HostTensor> parts, CancellationToken cancellationToken)
    {
        DrawProgress progress = new(Count, _error);
        Durable.Replace(_request.Out, file =>
        {
            using SampleZip zip = new(file);
            int number = 0;
            foreach (byte[] png in _pngs.Each(parts, (_, png) => png))
            {
                zip.Add(_inputs.FileOf(number) + ".png", png, _inputs.LabelOf(number));
                number++;
                progress.Step();
            }
            zip.AddLabels(_network.Architecture.LabelSize, _network.Snapshot.LabelNames);
        }, cancellationToken);
        _output.WriteLine(progress.End(_request.Out));
    }

    private bool Ends(string ending) => _request.Out.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private static (int Columns, int Rows) SquareGrid(int count)
    {
        int columns = (int)Math.Ceiling(Math.Sqrt(count));
        return (columns, (count + columns - 1) / columns);
    }
}
