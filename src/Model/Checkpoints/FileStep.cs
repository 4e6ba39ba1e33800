namespace Pggan.Model;

/// <summary>What <see cref="Durable"/> asks of the file system; each of them may fail.</summary>
internal enum FileStep
{
    CreateFolder,
    Create,
    Write,
    Flush,
    Rename,
    Delete,
}
