using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Planning;

/// <summary>What became of a file that is to be planned: the facts, or every reason why there are none.</summary>
/// <param name="Facts">Null exactly when there is at least one <see cref="Severity.Error"/>.</param>
public sealed record PlanReading(PlanFacts? Facts, ImmutableArray<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(problem => problem.Severity == Severity.Error);
}
