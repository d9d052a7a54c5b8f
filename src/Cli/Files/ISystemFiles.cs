using System.Collections.Immutable;
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

    /// <summary>The JSON schema of the file, for editors.</summary>
    string Schema();
}

/// <summary>What became of a file.</summary>
/// <param name="System">Null exactly when there are errors.</param>
/// <param name="Errors">One line each, <c>line:column path what; remedy</c>, without the file's name.</param>
public sealed record FileReading(SystemSpec? System, ImmutableArray<string> Errors);

/// <param name="Text">Ends with a line break.</param>
public sealed record FileReport(bool Valid, string Text);
