using System.Collections.Immutable;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration;

/// <summary>What became of a file: the system, or every reason why there is none.</summary>
/// <param name="System">Null exactly when there is at least one <see cref="Severity.Error"/>.</param>
/// <param name="Problems">All errors and warnings, in the order of the file.</param>
public sealed record LoadResult(SystemSpec? System, ImmutableArray<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(problem => problem.Severity == Severity.Error);
    public IEnumerable<Problem> Warnings => Problems.Where(problem => problem.Severity == Severity.Warning);
}
