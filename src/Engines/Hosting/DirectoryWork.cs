
namespace Holdfast.Engines.Hosting;

/// <summary>Empties, moves and measures directories.</summary>
internal static class DirectoryWork
{
    /// <summary>A path stands in files and in commands that have one line for it.</summary>
    /// <exception cref="EngineException">There is a character in it that would end that, or cannot be seen.</exception>
    public static void RequirePrintable(string path)
    {
        if (path.Any(char.IsControl))
        {
            throw new EngineException($"'{string.Concat(path.Select(letter => char.IsControl(letter) ? '?' : letter))}' has unprintable characters in it: " +
                "name a directory without");
        }
    }

    public static bool IsEmptyOrMissing(string path) => !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any();

    /// <summary>Deletes what is in a directory, not the directory: it may be where a file system is mounted.</summary>
    public static void Empty(string path)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo directory && directory.LinkTarget is null)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    public static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>True when a directory can be put into the place of another by renaming: same file system, and not a mount point.</summary>
    public static bool CanReplace(string path, string by)
    {
        var parent = Native.Identify(Path.GetDirectoryName(path)!);
        var source = Native.Identify(by);
        var target = Native.Identify(path);
        return parent is { } p && source is { } s && p.Device == s.Device && (target is not { } t || t.Device == p.Device)
            && new DirectoryInfo(path).LinkTarget is null;
    }

    public static void CreateOwnerOnly(string path)
    {
        Directory.CreateDirectory(path, AtomicFile.OwnerOnlyDirectory);
        File.SetUnixFileMode(path, AtomicFile.OwnerOnlyDirectory);
    }
}
