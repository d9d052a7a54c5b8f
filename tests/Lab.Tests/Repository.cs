namespace Holdfast.Lab.Tests;

/// <summary>Files of the repository that tests look at.</summary>
internal static class Repository
{
    public static string PathOf(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
            {
                return Path.Combine(folder.FullName, name);
            }
        }

        throw new InvalidOperationException($"no Holdfast.slnx above {AppContext.BaseDirectory}");
    }
}
