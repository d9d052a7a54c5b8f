namespace Holdfast.Quickstart;

/// <summary>Keeps the logs of a run that failed, before its folder is removed.</summary>
internal static class KeptLogs
{
    /// <summary>Copies every log below the folder to a folder beside it, whose path is returned.</summary>
    public static string Copy(string folder)
    {
        var target = folder.TrimEnd('/') + "-logs";
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        foreach (var file in Directory.EnumerateFiles(folder, "*.log*", everywhere))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        return target;
    }
}
