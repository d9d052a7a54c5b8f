using System.Text;

namespace Holdfast.Configuration.Tests;

/// <summary>Environment variables and files by hand; what is not named does not exist.</summary>
internal sealed class FakeEnvironment : IEnvironment
{
    private readonly Dictionary<string, string> _variables = [];
    private readonly Dictionary<string, FileContent> _files = [];

    public FakeEnvironment WithVariable(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    public FakeEnvironment WithFile(string path, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        _files[path] = new FileContent(bytes, mode, bytes.Length);
        return this;
    }

    public string? Variable(string name) => _variables.GetValueOrDefault(name);

    public FileContent Read(string path, int limit) =>
        _files.TryGetValue(path, out var file) ? file : throw new FileNotFoundException("no such file", path);
}

/// <summary>The folder of the repository that the tests run in: found upwards from the test's own folder.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Holdfast.slnx above {AppContext.BaseDirectory}");
    }
}
