using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Files;

/// <summary>Reads <c>holdfast.yaml</c>.</summary>
public interface ISystemFiles
{
    /// <summary>Reads and validates the whole file. Never throws for a file that is missing or wrong: that is in the result.</summary>
    FileReading Read(string path);

    /// <summary>The outcome of <c>holdfast check</c>: every problem, and a summary.</summary>
    /// <param name="width">Columns to fit into.</param>
    /// <param name="json">For programs instead of people.</param>
    FileReport Check(string path, int width, bool json);

    /// <summary>Reads a file for planning: a system's, or one of a system that does not run yet. Never throws for what is wrong with it.</summary>
    PlanFactsReading ReadPlan(string path);

    /// <summary>The same for text that was made here, from flags or answers.</summary>
    PlanFactsReading ParsePlan(string text);

    /// <summary>The JSON schema of the file, for editors.</summary>
    string Schema();
}

/// <summary>What became of a file for planning.</summary>
/// <param name="Facts">Null exactly when there are errors.</param>
public sealed record PlanFactsReading(PlanFacts? Facts, ImmutableArray<FileError> Errors);

/// <param name="Place"><c>line:column</c>; empty: the file as a whole.</param>
/// <param name="Path">Where in the structure; empty: the file as a whole.</param>
/// <param name="Text">What is wrong, and what would be right.</param>
public sealed record FileError(string Place, string Path, string Text)
{
    public override string ToString() => string.Join("  ", new[] { Place, Path, Text }.Where(part => part.Length > 0));
}

/// <summary>What became of a file.</summary>
/// <param name="System">Null exactly when there are errors.</param>
/// <param name="Errors">One line each, <c>line:column path what; remedy</c>, without the file's name.</param>
public sealed record FileReading(SystemSpec? System, ImmutableArray<string> Errors);

/// <param name="Text">Ends with a line break.</param>
public sealed record FileReport(bool Valid, string Text);
