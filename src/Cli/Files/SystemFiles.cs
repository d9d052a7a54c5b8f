using Holdfast.Configuration;
using Holdfast.Configuration.Planning;
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

    public PlanFactsReading ReadPlan(string path) => Reading(PlanFile.Load(path, environment));

    public PlanFactsReading ParsePlan(string text) => Reading(PlanFile.Parse(text, Directory.GetCurrentDirectory(), environment));

    public string Schema() => ConfigurationSchema.ToJson();

    private static PlanFactsReading Reading(PlanReading reading) => new(reading.Facts, [.. reading.Errors.Select(Error)]);

    private static string Line(Problem problem) => Error(problem).ToString();

    // What concerns the file as a whole has neither a place nor a path.
    private static FileError Error(Problem problem) => new(
        problem.Line == 0 ? "" : $"{problem.Line}:{problem.Column}", problem.Path, $"{problem.Message}; {problem.Remedy}");
}
