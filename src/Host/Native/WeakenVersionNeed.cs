using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Sets VER_FLG_WEAK on one version-need entry of a 64-bit little-endian ELF library, so that the dynamic loader does not
/// refuse a libstdc++ without that version. Size and timestamp stay; a file that has the flag, or not the entry, is left alone.
/// The file is replaced, not written in place: it may be a hard link to the package cache.
/// </summary>
public sealed class WeakenVersionNeed : Task
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 0x2;                // VER_FLG_WEAK

    [Required]
    public ITaskItem[] Files { get; set; }

    [Required]
    public string Version { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem item in Files)
        {
            string path = item.ItemSpec;
            if (!File.Exists(path))
                continue;
            byte[] elf = File.ReadAllBytes(path);
            if (!Weaken(elf, Version))
                continue;
            DateTime written = File.GetLastWriteTimeUtc(path);
            string aside = path + ".weak";
            File.Copy(path, aside, overwrite: true); // keeps the file mode
            File.WriteAllBytes(aside, elf);
            File.SetLastWriteTimeUtc(aside, written);
            File.Delete(path);
            File.Move(aside, path);
            Log.LogMessage(MessageImportance.Normal, "{0}: version need {1} marked weak.", path, Version);
        }
        return true;
    }

    /// <summary>True when <paramref name="elf"/> was changed.</summary>
    private static bool Weaken(byte[] elf, string version)
    {
        bool is64BitLittleEndian = elf.Length > 64 && elf[0] == 0x7f && elf[1] == 'E' && elf[2] == 'L' && elf[3] == 'F'
            && elf[4] == 2 && elf[5] == 1;
        if (!is64BitLittleEndian)
            return false;

        long sectionTable = BitConverter.ToInt64(elf, 0x28);
        int sectionSize = BitConverter.ToUInt16(elf, 0x3a);
        int sectionCount = BitConverter.ToUInt16(elf, 0x3c);
        for (int i = 0; i < sectionCount; i++)
        {
            int section = checked((int)(sectionTable + (long)i * sectionSize));
            if (BitConverter.ToUInt32(elf, section + 4) != VersionNeedSection)
                continue;
            int need = checked((int)BitConverter.ToInt64(elf, section + 0x18));
            int strings = checked((int)(sectionTable + (long)BitConverter.ToInt32(elf, section + 0x28) * sectionSize));
            int stringTable = checked((int)BitConverter.ToInt64(elf, strings + 0x18));
            return WeakenChain(elf, need, stringTable, version);
        }
        return false;
    }

    private static bool WeakenChain(byte[] elf, int need, int stringTable, string version)
    {
        while (true)
        {
            int entryCount = BitConverter.ToUInt16(elf, need + 2);
            int entry = need + BitConverter.ToInt32(elf, need + 8);
            for (int i = 0; i < entryCount; i++)
            {
                int name = stringTable + BitConverter.ToInt32(elf, entry + 8);
                ushort flags = BitConverter.ToUInt16(elf, entry + 4);
                if (StringAt(elf, name) == version && (flags & WeakFlag) == 0)
                {
                    elf[entry + 4] = (byte)(flags | WeakFlag);
                    return true;
                }
                entry += BitConverter.ToInt32(elf, entry + 12);
            }
            int next = BitConverter.ToInt32(elf, need + 12);
            if (next == 0)
                return false;
            need += next;
        }
    }

    private static string StringAt(byte[] elf, int offset)
    {
        int end = Array.IndexOf(elf, (byte)0, offset);
        return Encoding.ASCII.GetString(elf, offset, end - offset);
    }
}
