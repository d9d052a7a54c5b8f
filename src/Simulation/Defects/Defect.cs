using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;

namespace Holdfast.Simulation.Defects;

/// <summary>What is wrong on purpose, to show that the simulator notices. By default nothing is: the real rules and the real agent.</summary>
internal record Defect
{
    public static readonly Defect None = new();

    public ImmutableArray<Rule> Table { get; init; } = FailoverRules.Table;

    /// <summary>Changes what the rules are shown, by member; null: nothing.</summary>
    public Func<MemberView, MemberView>? Sees { get; init; }

    /// <summary>Changes what is sent to coordination; null: nothing.</summary>
    public Func<Transaction, GroupKeys, Transaction>? Rewrites { get; init; }

    /// <summary>The duties in the global scope.</summary>
    public ImmutableArray<Duty> Duties { get; init; } = SiteDuties.Table;

    /// <summary>Changes what is sent to the global scope; null: nothing.</summary>
    public Func<Transaction, SiteKeys, Transaction>? RewritesGlobal { get; init; }

    /// <summary>Changes what the engine observes; null: nothing.</summary>
    public Func<EngineView, EngineView>? Misreads { get; init; }

    /// <summary>A renewal's deadline counts from its answer.</summary>
    public bool LeaseCountsFromAnswer { get; init; }
    public bool GuardIsNotArmed { get; init; }
    /// <summary>The same of the site lease's guard.</summary>
    public bool SiteGuardIsNotArmed { get; init; }
    /// <summary>Who holds the site lease believes that it lasts longer than it does.</summary>
    public bool SiteLeaseIsLonger { get; init; }
    /// <summary>A standby starts with a rule by which everybody is acknowledged at once.</summary>
    public bool StandbysAreNotBlocked { get; init; }
    /// <summary>Detaching returns before the receiver has ended.</summary>
    public bool DetachDoesNotWait { get; init; }
    /// <summary>A rewind trusts timeline numbers.</summary>
    public bool RewindTrustsNumbers { get; init; }

    public Decision Decide(string member, MemberView view) => FailoverRules.Decide(Table, Sees is null ? view : Sees(view));

    public Transaction Sends(Transaction transaction, GroupKeys keys) => Rewrites is null ? transaction : Rewrites(transaction, keys);

    public Transaction SendsGlobally(Transaction transaction, SiteKeys keys) => RewritesGlobal is null ? transaction : RewritesGlobal(transaction, keys);

    public SiteDecision Decide(DutyView view) => SiteDuties.Decide(Duties, view);

    public EngineView Observes(EngineView seen) => Misreads is null ? seen : Misreads(seen);
}
