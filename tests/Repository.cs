namespace Holdfast;

/// <summary>The folder of the repository that the tests run in: found upwards from the test's own folder. Part of every test project.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] relative) => Path.Combine([Root, .. relative]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Holdfast.slnx above {AppContext.BaseDirectory}: run the tests from a build inside the repository");
    }
}
