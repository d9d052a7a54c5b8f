using Holdfast.Configuration;
using Holdfast.Configuration.Schema;

namespace Holdfast.Cli.Files;

/// <summary>The reader of files, by <c>Holdfast.Configuration</c>.</summary>
internal sealed class SystemFiles(IEnvironment environment) : ISystemFiles
{
    public FileReading Read(string path)
    {
        var result = SystemFile.Load(path, environment);
        return new FileReading(result.System, [.. result.Errors.Select(Line)]);
    }

    public FileReport Check(string path, int width, bool json)
    {
        var result = SystemFile.Load(path, environment);
        return new FileReport(result.System is not null, json ? CheckReport.ToJson(path, result) : CheckReport.ToText(path, result, width));
    }

    public string Schema() => ConfigurationSchema.ToJson();

    // What concerns the file as a whole has neither a place nor a path.
    private static string Line(Problem problem)
    {
        var place = problem.Line == 0 ? "" : $"{problem.Line}:{problem.Column}  ";
        var path = problem.Path.Length == 0 ? "" : $"{problem.Path}  ";
        return $"{place}{path}{problem.Message}; {problem.Remedy}";
    }
}
