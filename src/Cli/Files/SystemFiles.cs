using Holdfast.Configuration;
using Holdfast.Configuration.Schema;

namespace Holdfast.Cli.Files;

/// <summary>The reader of files, by <c>Holdfast.Configuration</c>.</summary>
internal sealed class SystemFiles(IEnvironment environment) : ISystemFiles
{
    public FileReading Read(string path)
    {
        var result = SystemFile.Load(path, environment);
        return new FileReading(
            result.System, result.System is null ? [.. result.Errors.Select(problem => $"{problem.Line}:{problem.Column} {problem.Path} {problem.Message}; {problem.Remedy}")] : []);
    }

    public FileReport Check(string path, int width, bool json)
    {
        var result = SystemFile.Load(path, environment);
        return new FileReport(result.System is not null, json ? CheckReport.ToJson(path, result) : CheckReport.ToText(path, result, width));
    }

    public string Schema() => ConfigurationSchema.ToJson();
}
