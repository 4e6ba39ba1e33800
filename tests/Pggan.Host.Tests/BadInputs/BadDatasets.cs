using NetVips;
using Pggan.Pipeline;

namespace Pggan.Host.Tests;

/// <summary>Folders and files that are no dataset, or hold what is none.</summary>
internal static class BadDatasets
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Unusable("a dataset that is not there", ["no file or folder", "nowhere"], f => f["nowhere"]),
        Unusable("an empty folder", ["empty has no PNG, JPEG", "docs/datasets.md"], f => Directory.CreateDirectory(f["empty"]).FullName),
        Unusable("a folder without images", ["notes has no PNG, JPEG"], f => Path.GetDirectoryName(f.Write("notes/notes.txt", "notes"))!),
        Unusable("one image alone", ["has 1 images, fewer than a minibatch of 4", "--minibatch"], f => f.Images(count: 1)),
        Unusable("fewer images than a minibatch", ["has 3 images, fewer than a minibatch of 4", "--minibatch"], f => f.Images(count: 3)),
        Unusable("images of mixed sizes under a strict policy", ["none of", "8×8", "only 16×16 is taken.\n"], f => f.Images(), "--resolution", "16", "--set", "size_policy=exact"),
        Unusable("images that are too small", ["none of", "8×8 pixels are smaller than 64×64", "--resolution", "allow_upscale"], f => f.Images(), "--resolution", "64"),
        Unusable("images of no bytes", ["none of 4 images", "0.png", "the file is empty"], f => Each(f, "png", [])),
        Unusable("JPEGs that are cut off", ["none of 4 images", "0.jpg", "damaged Jpeg"], f => Each(f, "jpg", Jpeg()[..200])),
        Unusable("PNGs that are cut off", ["none of 4 images", "0.png", "damaged Png"], f => Each(f, "png", InputFolder.Png(0)[..^30])),
        Unusable("text with the name of an image", ["none of 4 images", "0.png", "not a PNG, JPEG"], f => Each(f, "png", [.. "no image"u8])),
        Unusable("programs with the names of images", ["none of 4 images", "not a PNG, JPEG"], f => Each(f, "gif", [.. "<svg onload='alert(1)'/>"u8])),
        Unusable("pictures of 40,000 pixels in a few bytes", ["none of 4 images", "40000×40000 pixels are more than the limit of 32768 a side"], f => Each(f, "png", ImageBombs.Png(40_000, 40_000))),
        Unusable("pictures of one row without an end", ["none of 4 images", "60000000×1 pixels", "limit"], f => Each(f, "png", ImageBombs.Png(60_000_000, 1))),
        Unusable("bitmaps whose header lies", ["none of 4 images", "limit"], f => Each(f, "bmp", ImageBombs.Bmp(40_000, 40_000))),
        Unusable("a GIF whose header lies", ["none of 4 images", "0.gif"], f => Each(f, "gif", ImageBombs.Gif(65_535, 65_535))),
        Unusable("a store that is cut off", ["x.store cannot be opened", "bytes, and its header says"], f => f.Write("x.store", Stores.File(StoreLabels.Class)[..9000])),
        Unusable("a store that is still being built", ["x.store is not whole: 2 of 3 images are there", "grows while a training runs"], f => f.Write("x.store", Stores.Partial())),
        Unusable("links that lead in a circle", ["none of 2 images", "a.png", "cannot be read"], f =>
        {
            f.Shell("mkdir loop && ln -s b.png loop/a.png && ln -s a.png loop/b.png && ln -s ../loop loop/inside");
            return f["loop"];
        }),
        Unusable("links to nothing", ["none of 1 images", "a.png", "cannot be read"], f =>
        {
            f.Shell("mkdir dangling && ln -s nowhere dangling/a.png");
            return f["dangling"];
        }),
        Unusable("links to a device", ["none of 1 images", "a.png"], f =>
        {
            f.Shell("mkdir device && ln -s /dev/zero device/a.png");
            return f["device"];
        }),
        Unusable("a link to a pipe", ["none of 1 images", "a.png"], f =>
        {
            f.Shell("mkdir pipe && mkfifo feeder && ln -s ../feeder pipe/a.png");
            return f["pipe"];
        }),
        Unusable("a pipe for a dataset", ["feeder", "no ordinary file"], f =>
        {
            f.Shell("mkfifo feeder");
            return f["feeder"];
        }),
        Unusable("a device for a dataset", ["/dev/zero", "no ordinary file"], _ => "/dev/zero"),
        Unusable("pipes for records and labels", ["x.tfrecords", "no ordinary file"], f =>
        {
            f.Shell("mkdir pipes && mkfifo pipes/x.tfrecords");
            return f["pipes"];
        }),
        Unusable("a pipe for labels", ["dataset.json", "no ordinary file"], f =>
        {
            f.Images();
            f.Shell("mkfifo images/dataset.json");
            return f["images"];
        }),
        Unusable("folders with the names of images", ["images has no PNG"], f => Directory.CreateDirectory(f["images/a.png"]).Parent!.FullName),
        .. Environment.IsPrivilegedProcess ? [] : Unreadable(), // root may read every file
        Unusable("names that are no text", ["none of 1 images", "can't be named"], f =>
        {
            f.Shell($"mkdir names && cp '{f.Write("good.png", InputFolder.Png(0))}' $'names/\\xff\\xfe.png'");
            return f["names"];
        }),
        Unusable("a name that would end the line", ["none of 1 images", "two\\nlines.png"], f => Path.GetDirectoryName(f.Write("names/two\nlines.png", ""))!),
        Unusable("a name that would colour the terminal", ["none of 1 images", "\\u001B[31mred.png"], f => Path.GetDirectoryName(f.Write("names/\u001B[31mred.png", ""))!),
        Unusable("a name that would turn the text around", ["none of 1 images", "\\u202Egnp.exe.png"], f => Path.GetDirectoryName(f.Write("names/\u202Egnp.exe.png", ""))!),
        Unusable("a folder whose name would end the line", ["two\\nlines has no PNG"], f => Directory.CreateDirectory(f["two\nlines"]).FullName),
        Unusable("a dataset that is text", ["notes.txt is no dataset", "docs/datasets.md"], f => f.Write("notes.txt", "notes")),
        Unusable("a dataset of no bytes", ["nothing.zip", "empty"], f => f.Write("nothing.zip", "")),
        Unusable("labels that are no JSON", ["dataset.json", "not as StyleGAN writes it"], f => Labelled(f, "labels: none")),
        Unusable("labels of a folder that name other files", ["dataset.json has no label for 0000.png"], f => Labelled(f, """{ "labels": [["other.png", 0]] }""")),
        Unusable("a tar that is compressed", ["images.tar.gz", "is compressed", "gunzip 'images.tar.gz'"], f =>
        {
            f.Images();
            f.Shell("tar czf images.tar.gz images");
            return f["images.tar.gz"];
        }),
        Unusable("a tar that is cut off", ["cut.tar", "the entry at byte", "is cut off"], f => f.Write("cut.tar", Fixture("tar/json.tar")[..2700])),
        Unusable("a list of tars of which one is not there", ["1.tar", "Could not find"], f =>
        {
            f.Write("0.tar", Fixture("tar/json.tar"));
            return f["{0..1}.tar"];
        }),
        Unusable("CIFAR for Python", ["take the binary one (data_batch_1.bin)"], f => Path.GetDirectoryName(f.Write("cifar/data_batch_1", "pickled"))!),
        Unusable("an LMDB that is cut off", ["lsun", "page", "cut off"], f => Path.GetDirectoryName(f.Write("lsun/data.mdb", Fixture("lsun_lmdb/data.mdb")[..12_000]))!),
        Unusable("a Parquet file that is cut off", ["x.parquet", "does not end as a Parquet file"], f => f.Write("x.parquet", Fixture("parquet/plain.parquet")[..3000])),
        Unusable("an HDF5 file that is cut off", ["x.h5", "it is cut off"], f => f.Write("x.h5", Fixture("hdf5/tiny.h5")[..20_000])),
        Unusable("MATLAB's newer format", ["x.mat", "7.3", "-v7"], f => f.Write("x.mat", [.. "MATLAB 7.3 MAT-file"u8, .. new byte[500]])),
        Unusable("attributes for some of the images", ["does not name 0001.png"], f =>
        {
            f.Images(count: 4);
            f.Write("images/list_attr_celeba.txt", "1\nSmiling\n0000.png 1\n");
            return f["images"];
        }),

        new("a resolution to look at that is none", ExitCodes.Usage, ["--resolution", "5", "power of two"], f => ["data", "info", f.Images(), "--resolution", "5"]),
        new("fewer than no images to look at", ExitCodes.Usage, ["--most", "-1"], f => ["data", "info", f.Images(), "--most", "-1"]),

        // What looks bad and is not, and what is bad among good.
        Fine("CMYK JPEGs", ["4 read, 4 usable"], f => Each(f, "jpg", Cmyk())),
        Fine("animated GIFs, of which the first frame counts", ["4 read, 4 usable", "16x16 (4)"], f => Each(f, "gif", Animated(".gif"))),
        Fine("animated WebPs, of which the first frame counts", ["4 read, 4 usable", "16x16 (4)"], f => Each(f, "webp", Animated(".webp"))),
        Fine("images of mixed sizes", ["5 read, 5 usable", "16x16 (1)"], f =>
        {
            f.Images(count: 4);
            f.Write("images/large.png", Sample(16).PngsaveBuffer());
            return f["images"];
        }),
        Fine("names in any script", ["4 read, 4 usable"], f =>
        {
            foreach (string name in new[] { "写真", "صورة", "📷", "фото" })
                f.Write($"names/{name}.png", InputFolder.Png(0));
            return f["names"];
        }),
        Fine("a bad image among good ones", ["21 read, 20 usable", "broken.png: "], f =>
        {
            f.Write("images/broken.png", "no image");
            return f.Images();
        }),
        Fine("a link in a circle among good images", ["21 read, 20 usable", "circle.png: cannot be read"], f =>
        {
            f.Images();
            f.Shell("ln -s circle.png images/circle.png && ln -s . images/inside");
            return f["images"];
        }),
        Fine("a bomb among good images", ["21 read, 20 usable", "bomb.png: 40000×40000 pixels"], f =>
        {
            f.Write("images/bomb.png", ImageBombs.Png(40_000, 40_000));
            return f.Images();
        }),
    ];

    private static IEnumerable<BadInput> Unreadable() =>
    [
        Unusable("files that can't be read", ["none of 4 images", "0.png", "cannot be read"], f =>
        {
            Each(f, "png", InputFolder.Png(0));
            f.Shell("chmod 000 images/*");
            return f["images"];
        }),
        Unusable("a folder that can't be read", ["images"], f =>
        {
            f.Images();
            f.Shell("chmod 000 images");
            return f["images"];
        }),
    ];

    /// <summary>A training on it.</summary>
    internal static BadInput Unusable(string name, string[] says, Func<InputFolder, string> dataset, params string[] options) =>
        new(name, ExitCodes.DataUnusable, says, f => ["train", "--data", dataset(f), "--out", f.Runs, "--minibatch", "4", .. options]);

    /// <summary>A look at it.</summary>
    internal static BadInput Fine(string name, string[] says, Func<InputFolder, string> dataset) => new(name, ExitCodes.Done, says, f => ["data", "info", dataset(f)]);

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "fixtures", "datasets", name));

    private static string Each(InputFolder folder, string ending, byte[] bytes)
    {
        for (int i = 0; i < 4; i++)
            folder.Write($"images/{i}.{ending}", bytes);
        return folder["images"];
    }

    private static string Labelled(InputFolder folder, string json)
    {
        folder.Write("images/dataset.json", json);
        return folder.Images();
    }

    private static Image Sample(int side) =>
        Image.NewFromMemoryCopy<byte>([.. Enumerable.Range(0, side * side * 3).Select(i => (byte)(i * 7))], side, side, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);

    private static byte[] Jpeg()
    {
        using Image image = Sample(64);
        return image.JpegsaveBuffer();
    }

    private static byte[] Cmyk()
    {
        using Image image = Image.NewFromMemoryCopy<byte>([.. Enumerable.Range(0, 16 * 16 * 4).Select(i => (byte)(i * 5))], 16, 16, 4, Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Cmyk);
        return image.JpegsaveBuffer();
    }

    private static byte[] Animated(string suffix)
    {
        using Image image = Sample(16), frames = Image.Arrayjoin([image, image, image], across: 1);
        using Image pages = frames.Mutate(m =>
        {
            m.Set(GValue.GIntType, "page-height", 16);
            m.Set(GValue.ArrayIntType, "delay", new[] { 100, 100, 100 });
        });
        return pages.WriteToBuffer(suffix);
    }
}
