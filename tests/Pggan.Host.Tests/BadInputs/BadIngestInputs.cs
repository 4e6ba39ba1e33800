namespace Pggan.Host.Tests;

/// <summary>What pggan ingest can't make a dataset of.</summary>
internal static class BadIngestInputs
{
    public static IEnumerable<BadInput> All { get; } =
    [
        Usage("no destination", ["argument missing", "ingest"], f => [f.Images()]),
        Usage("a format to ingest that there is not", ["--format 'zipp'", "zip, tfrecord", "Did you mean 'zip'?"], f => Into(f, "--format", "zipp")),
        Usage("a crop that there is not", ["--crop 'middle'", "centre, wide, face, none, or a rectangle X,Y,W,H"], f => Into(f, "--crop", "middle")),
        Usage("a dataset of no kind", ["a.foo", "not a .foo", "--format"], f => [f.Images(), f["a.foo"]]),
        Usage("a rectangle of three numbers", ["--crop '1,2,3' is no rectangle", "X,Y,W,H"], f => Into(f, "--crop", "1,2,3")),
        Usage("a rectangle beyond the edge", ["--crop '-1,0,4,4' is no rectangle"], f => Into(f, "--crop", "-1,0,4,4")),
        Usage("a rectangle that is no square", ["4×2 pixels is no square", "pad it"], f => Into(f, "--crop", "0,0,4,2", "--size", "4")),
        Usage("a filter that there is not", ["--resize 'bicubic'", "lanczos, box"], f => Into(f, "--resize", "bicubic")),
        Usage("a size of nothing", ["size of 0 pixels", "1 to 4096"], f => Into(f, "--size", "0")),
        Usage("a size without an end", ["size of 100000 pixels", "1 to 4096"], f => Into(f, "--size", "100000")),
        Usage("a size that is a word", ["--size", "large"], f => Into(f, "--size", "large")),
        Usage("a size of three numbers", ["--size '8x12x3' is no size", "64x96"], f => Into(f, "--size", "8x12x3")),
        Usage("a size below nothing", ["--size '-8' is no size"], f => Into(f, "--size=-8")),
        Usage("a height of nothing", ["size of 8x0 pixels", "1 to 4096"], f => Into(f, "--size", "8x0")),
        Usage("bars in what is no square", ["black bars into a square, and 8x4 is none"], f => Into(f, "--size", "8x4", "--crop", "wide")),
        Usage("TFRecords of what is no square", ["TFRecords hold squares", "not 8x4"], f => [f.Images(), f["new"], "--size", "8x4"]),
        Usage("a size that no network grows to", ["70x70 is no size that a network grows to", "72x72 would do"], f => [f.Images(), f["new.store"], "--size", "70"]),
        Usage("a rectangle of other proportions", ["8×8 pixels has not the proportions of 4×8", "pad it"], f => Into(f, "--crop", "0,0,8,8", "--size", "4x8")),
        Usage("a size that TFRecords don't hold", ["power of two", "not 48", "a zip holds any size"], f => [f.Images(), f["new"], "--size", "48"]),
        Usage("alpha in TFRecords", ["1 or 3 channels"], f => [f.Images(), f["new"], "--size", "8", "--channels", "4"]),
        Usage("two channels to ingest", ["2 channels"], f => Into(f, "--channels", "2")),
        Usage("padding of what is cropped", ["padding"], f => Into(f, "--crop", "centre", "--pad")),
        Usage("a height of a square crop", ["a height belongs to the wide crop"], f => Into(f, "--height", "4")),
        Usage("a height beyond the size", ["height of 9 pixels"], f => Into(f, "--crop", "wide", "--height", "9", "--size", "8")),
        Usage("faces without boxes", ["--crop face", "--boxes FILE"], f => Into(f, "--crop", "face")),
        Usage("boxes without faces", ["--boxes belongs to --crop face"], f => Into(f, "--boxes", f["boxes.csv"])),
        Usage("a way without boxes that there is not", ["--without-box 'skip'", "refuse, centre"], f => Into(f, "--crop", "face", "--boxes", f["boxes.csv"], "--without-box", "skip")),
        Usage("a way without boxes where there are none", ["boxes belong to the crop of faces"], f => Into(f, "--without-box", "centre")),
        Usage("a seed of no order", ["--seed belongs to --shuffle"], f => Into(f, "--seed", "3")),
        Usage("no image at most", ["0 images"], f => Into(f, "--max-images", "0")),
        Usage("no worker", ["0 workers"], f => Into(f, "--workers", "0")),
        Usage("a background to ingest that is no colour", ["'blue' is no colour"], f => Into(f, "--background", "blue")),
        Usage("attributes of no labels", ["--labels none wants none"], f => Into(f, "--labels", "none", "--attributes", "hat")),
        Usage("attributes of a source without labels", ["has no labels to pick attributes of"], f => Into(f, "--attributes", "hat")),
        Usage("no attribute", ["--attributes names none"], f => Into(f, "--attributes", ",")),
        Usage("an attribute twice", ["names one twice"], f => Into(f, "--attributes", "hat,hat")),
        Usage("an attribute that the file has not", ["no attribute 'beard'", "it has hat"], f => Into(f, "--labels", f.Write("labels.csv", "name,hat\n0000.png,1"), "--attributes", "beard")),
        Usage("a destination that is there", ["images.zip is there already", "--overwrite"], f => [f.Images(), f.Zip(InputFolder.Entries())]),
        Usage("a destination that is not ours to overwrite", ["it holds 0000.png", "not overwritten"], f => [f.Zip(InputFolder.Entries()), f.Images(), "--overwrite"]),
        Usage("a dataset into itself", ["SRC and DEST are the same"], f => [f.Zip(InputFolder.Entries()), f["images.zip"], "--overwrite"]),
        Usage("a folder into itself by another name", ["SRC and DEST are the same"], f => [f.Images("set") + "/", f["set"], "--overwrite"]),
        Usage("a dataset into itself by a link", ["SRC and DEST are the same"], f =>
        {
            f.Zip(InputFolder.Entries());
            File.CreateSymbolicLink(f["here"], f.Path);
            return [Path.Combine(f["here"], "images.zip"), f["images.zip"], "--overwrite"];
        }),
        Usage("a document to overwrite", ["images.zip is no dataset that ingest writes", "not overwritten"], f => [f.Images(), f.Zip(("word/document.xml", [1])), "--overwrite"]),
        Usage("a destination with a zero byte", ["DEST is no path"], f => [f.Images(), "a\0b"]),
        Usage("an ingest of something else that was begun", ["new.zip.partial holds something else"], f =>
        {
            f.Write("new.zip.partial/notes.txt", "notes");
            return Into(f);
        }),
        Usage("a place to write that is a file", ["can't be written"], f => [f.Images(), Path.Combine(f.Write("file", "file"), "new.zip")]),

        Unusable("a source to ingest that is not there", ["no file or folder", "nowhere"], f => [f["nowhere"], f["new.zip"]]),
        Unusable("images to ingest that are too small", ["none of 20 images", "8×8 pixels are smaller than 64×64"], f => Into(f, "--size", "64")),
        Unusable("images to ingest that do not hold the rectangle", ["none of 20 images", "8×8 pixels do not hold the 8×8 at 1, 0"], f => Into(f, "--crop", "1,0,8,8")),
        Unusable("labels that are not there", ["nowhere.csv", "cannot be read"], f => Into(f, "--labels", f["nowhere.csv"])),
        Unusable("labels without an end", ["/dev/zero", "no ordinary file"], f => Into(f, "--labels", "/dev/zero")),
        Unusable("labels of other images", ["labels.csv names no image", "'cat.png'", "'0000.png'"], f => Into(f, "--labels", f.Write("labels.csv", "cat.png,1"))),
        Unusable("labels of unequal length", ["labels.csv", "line 2", "0 values, not 1"], f => Into(f, "--labels", f.Write("labels.csv", "0000.png,1\n0001.png"))),
        Unusable("labels that would steer the terminal", ["\\u001B[31m is there twice"], f => Into(f, "--labels", f.Write("labels.csv", "name,class\n\u001B[31m,1\n\u001B[31m,2"))),
        Unusable("labels in JSON that is none", ["labels.json", "cannot be read"], f => Into(f, "--labels", f.Write("labels.json", "{ \"0000.png\": "))),
        Unusable("labels in JSON nested too deep", ["labels.json", "cannot be read"], f => Into(f, "--labels", f.Write("labels.json", new string('[', 5000)))),
        Unusable("labels that are no text", ["labels.csv", "UTF-8"], f => Into(f, "--labels", f.Write("labels.csv", [0x41, 0x2C, 0xFF, 0xFE]))),
        Unusable("boxes that are no numbers", ["boxes.csv", "'wide' where a number of pixels"], f => Into(f, "--crop", "face", "--boxes", f.Write("boxes.csv", "0000.png,1,1,wide,2"))),
        Unusable("a journal that is damaged", ["journal.jsonl is damaged", "begin anew"], f =>
        {
            f.Write("new.zip.partial/journal.jsonl", "notes\n");
            return Into(f);
        }),
    ];

    private static string[] Into(InputFolder folder, params string[] options) => [folder.Images(), folder["new.zip"], .. options];

    private static BadInput Usage(string name, string[] says, Func<InputFolder, string[]> type) => new(name, ExitCodes.Usage, says, f => ["ingest", .. type(f)]);

    private static BadInput Unusable(string name, string[] says, Func<InputFolder, string[]> type) => new(name, ExitCodes.DataUnusable, says, f => ["ingest", .. type(f)]);
}
