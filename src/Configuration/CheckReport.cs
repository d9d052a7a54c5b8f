using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration;

/// <summary>The outcome of <c>holdfast check FILE</c>, for people and for programs.</summary>
public static class CheckReport
{
    private const int Indentation = 4;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// One problem per line, <c>FILE:LINE:COLUMN  PATH  what; remedy</c>, broken where it exceeds <paramref name="width"/> columns, and a summary at the end.
    /// </summary>
    public static string ToText(string file, LoadResult result, int width = 100)
    {
        ArgumentNullException.ThrowIfNull(result);
        var text = new StringBuilder();
        foreach (var problem in result.Problems)
        {
            Write(text, file, problem, width);
        }

        return text.Append(Summary(file, result)).Append('\n').ToString();
    }

    /// <summary>The same for programs: <c>{file, valid, errors, warnings, problems: [{severity, path, line, column, message, remedy}]}</c>.</summary>
    public static string ToJson(string file, LoadResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var problems = result.Problems.Select(problem => (JsonNode)new JsonObject
        {
            ["severity"] = Word(problem.Severity),
            ["path"] = problem.Path,
            ["line"] = problem.Line,
            ["column"] = problem.Column,
            ["message"] = problem.Message,
            ["remedy"] = problem.Remedy,
        });
        return new JsonObject
        {
            ["file"] = file,
            ["valid"] = result.System is not null,
            ["errors"] = result.Errors.Count(),
            ["warnings"] = result.Warnings.Count(),
            ["problems"] = new JsonArray([.. problems]),
        }.ToJsonString(Json) + "\n";
    }

    private static void Write(StringBuilder text, string file, Problem problem, int width)
    {
        var place = problem.Line == 0 ? file : string.Create(CultureInfo.InvariantCulture, $"{file}:{problem.Line}:{problem.Column}");
        var head = problem.Path.Length == 0 ? place : $"{place}  {problem.Path}";
        var body = (problem.Severity == Severity.Warning ? "warning: " : "") + $"{problem.Message}; {problem.Remedy}";
        if (head.Length + 2 + body.Length <= width)
        {
            text.Append(head).Append("  ").Append(body).Append('\n');
            return;
        }

        text.Append(head).Append('\n');
        foreach (var line in Wrap(body, Math.Max(20, width - Indentation)))
        {
            text.Append(' ', Indentation).Append(line).Append('\n');
        }
    }

    // A word longer than the line stays whole: it is a path or a value to copy.
    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }

    private static string Summary(string file, LoadResult result)
    {
        var (errors, warnings) = (result.Errors.Count(), result.Warnings.Count());
        var noted = warnings > 0 ? $", {Counted(warnings, "warning")}" : "";
        return result.System is { } system ? $"{file} is valid{noted}: {Size(system)}" : $"{file} is not valid: {Counted(errors, "error")}{noted}";
    }

    private static string Size(SystemSpec system)
    {
        var members = system.Stores.Values.Sum(store => store.Members.Count);
        return $"system {system.Name}, {Counted(system.Sites.Count, "site")}, {Counted(system.Stores.Count, "store")}, {Counted(members, "member")}";
    }

    private static string Word(Severity severity) => severity == Severity.Error ? "error" : "warning";

    private static string Counted(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
