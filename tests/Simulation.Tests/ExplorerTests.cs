using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Simulation.Exhaustive;

namespace Holdfast.Simulation.Tests;

/// <summary>Small groups, explored completely.</summary>
public sealed class ExplorerTests(ITestOutputHelper output)
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_members_and_a_crash_have_no_state_that_breaks_the_oath() => Explored(Scope.All[0], 10_000);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Three_members_and_a_crash_have_no_state_that_breaks_the_oath() => Explored(Scope.All[1], 100_000);

    [Fact]
    public void A_promise_too_few_is_found()
    {
        var elect = FailoverRules.Table.Single(rule => rule.Id == "R3.elect");
        var wrong = FailoverRules.Table.Replace(elect, elect with
        {
            Try = view => view.Record is { Sync: { Protects: true } sync } record
                ? elect.Try(view with
                {
                    Coordination = view.Coordination with { Record = record with { Sync = new(sync.Candidates, sync.Candidates.Count) } },
                })
                : null,
        });

        var result = new Explorer(Scope.All[1], wrong).Run();

        output.WriteLine($"{result}");
        result.Violation.ShouldNotBeNull().ShouldStartWith("oath");
        result.Path.ShouldContain(step => step.Contains("R3.elect", StringComparison.Ordinal));
    }

    private void Explored(Scope scope, long atLeast)
    {
        var result = new Explorer(scope).Run();
        output.WriteLine($"{scope}: {result}");
        result.Violation.ShouldBeNull(string.Join("; ", result.Path));
        result.States.ShouldBeGreaterThan(atLeast);
        result.Changes.ShouldBeGreaterThan(0);
    }
}
