using System.Collections.Immutable;
using System.CommandLine;

namespace Holdfast.Cli.CommandLine;

/// <summary>A verb with all that its help page says.</summary>
internal sealed class VerbCommand(string name, string summary) : Command(name, summary)
{
    /// <summary>Paragraphs that say what it does and what it does not do.</summary>
    public ImmutableArray<string> Details { get; init; } = [];
    public ImmutableArray<(string CommandLine, string Meaning)> Examples { get; init; } = [];
    public ImmutableArray<(int Code, string Meaning)> ExitCodes { get; init; } = [];
}
