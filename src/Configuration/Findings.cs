using System.Collections.Immutable;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration;

/// <summary>Collects problems while the file is read, so that all can be told at once.</summary>
internal sealed class Findings
{
    private readonly List<Problem> _problems = [];

    public bool HasErrors => _problems.Any(problem => problem.Severity == Severity.Error);

    public void Error(Place place, string message, string remedy) => Add(place, message, remedy, Severity.Error);

    public void Warn(Place place, string message, string remedy) => Add(place, message, remedy, Severity.Warning);

    /// <summary>In the order of the file; two at one place stay in the order of finding.</summary>
    public ImmutableArray<Problem> InOrder() => [.. _problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)];

    private void Add(Place place, string message, string remedy, Severity severity) =>
        _problems.Add(new Problem(place.Path, place.Mark.Line, place.Mark.Column, message, remedy, severity));
}
