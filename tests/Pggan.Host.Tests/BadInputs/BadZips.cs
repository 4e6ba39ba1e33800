using System.Buffers.Binary;
using System.Text;

namespace Pggan.Host.Tests;

/// <summary>Zips that are damaged, lie, or would do harm where they are unpacked.</summary>
internal static class BadZips
{
    public static IEnumerable<BadInput> All { get; } =
    [
        BadDatasets.Unusable("a zip without images", ["images.zip has no PNG, JPEG"], f => f.Zip(("notes.txt", [.. "notes"u8]))),
        BadDatasets.Unusable("a zip that is cut off", ["images.zip is not a readable zip"], f => f.Write("images.zip", InputFolder.ZipOf(InputFolder.Entries())[..^400])),
        BadDatasets.Unusable("a zip name that leads up", ["'../evil.png'", "leads out of it"], f => f.Zip([.. InputFolder.Entries(), ("../evil.png", InputFolder.Png(0))])),
        BadDatasets.Unusable("a zip name that leads up with backslashes", ["'a\\..\\..\\evil.png'", "leads out of it"], f => f.Zip([.. InputFolder.Entries(), ("a\\..\\..\\evil.png", InputFolder.Png(0))])),
        BadDatasets.Unusable("a zip name from the root", ["'/etc/evil.png'", "leads out of it"], f => f.Zip([.. InputFolder.Entries(), ("/etc/evil.png", InputFolder.Png(0))])),
        BadDatasets.Unusable("a zip name from a drive", ["'C:\\evil.png'", "leads out of it"], f => f.Zip([.. InputFolder.Entries(), ("C:\\evil.png", InputFolder.Png(0))])),
        BadDatasets.Unusable("a zip name with a zero byte", ["'evil.png\\0.jpg'", "no name of a file"], f => f.Write("images.zip", Replaced(InputFolder.ZipOf([.. InputFolder.Entries(), ("evil.pngX.jpg", InputFolder.Png(0))]), "evil.pngX.jpg", "evil.png\0.jpg"))),
        BadDatasets.Unusable("a zip with a name twice", ["images.zip", "'0003.png' twice"], f => f.Zip([.. InputFolder.Entries(), ("0003.png", InputFolder.Png(7))])),
        BadDatasets.Unusable("a zip whose entries share their bytes", ["images.zip", "more bytes than the file"], f => f.Write("images.zip", Overlapping())),
        BadDatasets.Unusable("a zip of bombs", ["none of 4 images", "0000.bmp", "as large"], f => f.Zip(Enumerable.Range(0, 4).Select(i => ($"{i:D4}.bmp", new byte[20 << 20])))),
        BadDatasets.Unusable("a zip whose labels are a bomb", ["dataset.json", "as large"], f => f.Zip([.. InputFolder.Entries(), ("dataset.json", new byte[20 << 20])])),
        BadDatasets.Unusable("a zip with a password", ["none of 20 images", "0000.png", "password"], f => f.Write("images.zip", Patched(8, 6, 1))),
        BadDatasets.Unusable("a zip of a method that no one knows", ["none of 20 images", "0000.png"], f => f.Write("images.zip", Patched(10, 8, 99))),
        BadDatasets.Unusable("a zip that announces more than it has", ["none of 20 images", "0000.png", "as large"], f => f.Write("images.zip", Patched(24, 22, 200_000_000))),
        BadDatasets.Unusable("a zip that announces less than it has", ["none of 20 images", "0000.png", "damaged Png"], f => f.Write("images.zip", Patched(24, 22, 60))),
        BadDatasets.Unusable("a zip of links", ["none of 20 images", "0000.png", "a link"], f => f.Write("images.zip", Patched(38, null, 0xA1FF0000))),
        BadDatasets.Unusable("a zip whose labels are no JSON", ["dataset.json is not as StyleGAN writes it"], f => Labelled(f, "labels")),
        BadDatasets.Unusable("a zip whose labels are a list", ["dataset.json is not as StyleGAN writes it"], f => Labelled(f, "[1, 2]")),
        BadDatasets.Unusable("a zip with too few labels", ["dataset.json has no label for 0019.png"], f => Labelled(f, Labels(19, i => "0"))),
        BadDatasets.Unusable("a zip whose labels name files that are not there", ["dataset.json has no label for 0000.png"], f => Labelled(f, Labels(20, i => "0").Replace("00", "99", StringComparison.Ordinal))),
        BadDatasets.Unusable("a zip whose labels are of two kinds", ["dataset.json is not as StyleGAN writes it"], f => Labelled(f, Labels(20, i => i == 7 ? "[1, 0]" : "0"))),
        BadDatasets.Unusable("a zip whose labels are of two kinds the other way", ["dataset.json is not as StyleGAN writes it"], f => Labelled(f, Labels(20, i => i == 7 ? "0" : "[1, 0]"))),
        BadDatasets.Unusable("a zip whose labels have two lengths", ["dataset.json", "label 7 has 3 elements, the first has 2"], f => Labelled(f, Labels(20, i => i == 7 ? "[1, 0, 0]" : "[1, 0]"))),
        BadDatasets.Unusable("a zip whose labels are beyond all numbers", ["dataset.json", "label 7", "finite"], f => Labelled(f, Labels(20, i => i == 7 ? "[1e999, 0]" : "[1, 0]"))),
        BadDatasets.Unusable("a zip of a negative class", ["dataset.json has a class outside 0 to"], f => Labelled(f, Labels(20, i => "-1"))),
        BadDatasets.Unusable("a zip of a class beyond counting", ["dataset.json has a class outside 0 to"], f => Labelled(f, Labels(20, i => "2000000000"))),
        BadDatasets.Unusable("a zip of half a class", ["dataset.json is not as StyleGAN writes it"], f => Labelled(f, Labels(20, i => "0.5"))),
        BadDatasets.Fine("a damaged entry among good ones", ["20 read, 19 usable", "0003.png: "], f => f.Write("images.zip", DamagedEntry())),
    ];

    private static string Labels(int count, Func<int, string> label) =>
        $"{{ \"labels\": [{string.Join(", ", Enumerable.Range(0, count).Select(i => $"[\"{i:D4}.png\", {label(i)}]"))}] }}";

    private static string Labelled(InputFolder folder, string json) => folder.Zip([.. InputFolder.Entries(), ("dataset.json", Encoding.UTF8.GetBytes(json))]);

    /// <summary>A good zip with a number changed in every record of its directory, and in the headers before the entries.</summary>
    private static byte[] Patched(int atDirectory, int? atHeader, uint value)
    {
        byte[] zip = InputFolder.ZipOf(InputFolder.Entries());
        for (int i = 0; i + 4 < zip.Length; i++)
        {
            if (zip.AsSpan(i).StartsWith("PK\u0001\u0002"u8))
                Put(i + atDirectory);
            else if (atHeader is { } at && zip.AsSpan(i).StartsWith("PK\u0003\u0004"u8))
                Put(i + at);
        }
        return zip;

        void Put(int at)
        {
            if (value > ushort.MaxValue || atDirectory == 24)
                BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(at), value);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(at), (ushort)value);
        }
    }

    private static byte[] Replaced(byte[] zip, string what, string by)
    {
        string text = Encoding.Latin1.GetString(zip);
        return Encoding.Latin1.GetBytes(text.Replace(what, by, StringComparison.Ordinal));
    }

    private static byte[] DamagedEntry()
    {
        byte[] zip = InputFolder.ZipOf(InputFolder.Entries());
        int name = Encoding.Latin1.GetString(zip).IndexOf("0003.png", StringComparison.Ordinal);
        zip.AsSpan(name + 8 + 20, 40).Fill(0xFF);
        return zip;
    }

    /// <summary>One large entry that the directory names a hundred times.</summary>
    private static byte[] Overlapping()
    {
        byte[] picture = new byte[20_000];
        new Random(1).NextBytes(picture);
        byte[] zip = InputFolder.ZipOf(("0000.png", picture));
        int directory = zip.AsSpan().IndexOf("PK\u0001\u0002"u8), end = zip.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        List<byte> records = [];
        for (int i = 0; i < 100; i++)
        {
            byte[] record = zip[directory..end];
            Encoding.ASCII.GetBytes($"{i:D4}.png").CopyTo(record, 46);
            records.AddRange(record);
        }
        byte[] footer = zip[end..];
        BinaryPrimitives.WriteUInt16LittleEndian(footer.AsSpan(8), 100);
        BinaryPrimitives.WriteUInt16LittleEndian(footer.AsSpan(10), 100);
        BinaryPrimitives.WriteInt32LittleEndian(footer.AsSpan(12), records.Count);
        return [.. zip[..directory], .. records, .. footer];
    }
}
