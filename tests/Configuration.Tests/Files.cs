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
