namespace Holdfast.Tidy.Tests;

/// <summary>A text file of the repository, with its path from the root.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string[] Lines => Text.Split('\n');
}

/// <summary>The repository's own files, without what is built.</summary>
internal static class SourceTree
{
    private static readonly string[] Built = ["bin", "obj", "artifacts", "TestResults"];

    public static string Root => Repository.Root;

    /// <summary>Files below these folders of the root that end so. A folder that does not exist has none.</summary>
    public static IEnumerable<SourceFile> Files(string extension, params string[] folders) =>
        folders
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(Below)
            .Where(path => path.EndsWith(extension, StringComparison.Ordinal))
            .Select(path => new SourceFile(Path.GetRelativePath(Root, path), File.ReadAllText(path)));

    /// <summary>Folders below these folders of the root, by their paths from the root.</summary>
    public static IEnumerable<string> Folders(params string[] folders) =>
        folders.SelectMany(folder => Files("", folder)).Select(file => Path.GetDirectoryName(file.Path)!).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder).Where(inner => !Built.Contains(Path.GetFileName(inner))).SelectMany(Below));
}
