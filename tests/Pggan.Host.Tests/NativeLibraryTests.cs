using System.Text;

namespace Pggan.Host.Tests;

public sealed class NativeLibraryTests
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const int WeakFlag = 2;

    /// <summary>Without the mark the library does not load where libstdc++ is older than GCC 13's.</summary>
    [Fact]
    public void The_torch_library_asks_for_no_newer_libstdcxx()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the mark is Linux's");
        string path = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).First();
        byte[] elf = File.ReadAllBytes(path);
        Assert.All(Needs(elf).Where(n => n.Version == "GLIBCXX_3.4.32"), need => Assert.Equal(WeakFlag, need.Flags & WeakFlag));

        // The package's own file stays as it was, and the copy has its size.
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string version = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);
        string original = Path.Combine(packages, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(original), $"no package at {original}");
        Assert.Equal(new FileInfo(original).Length, elf.Length);
        Assert.All(Needs(File.ReadAllBytes(original)).Where(n => n.Version == "GLIBCXX_3.4.32"), need => Assert.Equal(0, need.Flags & WeakFlag));
    }

    [Fact]
    public void A_load_failure_says_what_to_do()
    {
        TypeInitializationException failure = new("TorchSharp.torch", new DllNotFoundException("libLibTorchSharp.so: version `GLIBCXX_3.4.32' not found"));
        Assert.True(NativeLibraries.IsLoadFailure(failure));
        Assert.Contains("GLIBCXX_3.4.32", NativeLibraries.Explain(failure), StringComparison.Ordinal);
        Assert.Contains("Build again", NativeLibraries.Explain(failure), StringComparison.Ordinal);
    }

    private static List<(string Version, int Flags)> Needs(byte[] elf)
    {
        List<(string, int)> needs = [];
        int table = (int)BitConverter.ToInt64(elf, 0x28), size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        for (int i = 0; i < count; i++)
        {
            int section = table + i * size;
            if (BitConverter.ToUInt32(elf, section + 4) != VersionNeedSection)
                continue;
            int at = (int)BitConverter.ToInt64(elf, section + 24), files = BitConverter.ToInt32(elf, section + 44);
            int strings = (int)BitConverter.ToInt64(elf, table + BitConverter.ToInt32(elf, section + 40) * size + 24);
            for (int f = 0; f < files; f++)
            {
                int entry = at + BitConverter.ToInt32(elf, at + 8);
                for (int e = 0; e < BitConverter.ToUInt16(elf, at + 2); e++)
                {
                    int name = strings + BitConverter.ToInt32(elf, entry + 8);
                    needs.Add((Encoding.ASCII.GetString(elf, name, Array.IndexOf(elf, (byte)0, name) - name), BitConverter.ToUInt16(elf, entry + 4)));
                    entry += BitConverter.ToInt32(elf, entry + 12);
                }
                at += BitConverter.ToInt32(elf, at + 12);
            }
        }
        return needs;
    }
}
