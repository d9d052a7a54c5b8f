using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Oath;

/// <summary>Rules or a driver that are wrong on purpose, by a name that says how.</summary>
internal sealed record Mutant(string Name, ImmutableArray<Rule> Table, DriverSpec Driver)
{
    public static readonly ImmutableArray<Mutant> All =
    [
        // R1
        Rules("R1: the record shrinks before the server", Change("R1.server", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.SetSync { Rule.Protects: true } set } && set.Rule != view.Record!.Sync
                ? new Outcome("wrong", new MemberAction.WriteRecord(view.Record with { Sync = set.Rule, Mode = ProtectionMode.ZeroLoss }))
                : rule.Try(view))),
        Rules("R1: the server grows before the record", Change("R1.record", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.WriteRecord { Record: var wider } } && Loosens(view.Record!.Sync, wider.Sync) && view.Engine.ConfiguredSync != wider.Sync
                ? new Outcome("wrong", new MemberAction.SetSync(wider.Sync))
                : rule.Try(view))),
        Rules("R1: the record shrinks without waiting for the barrier", Change("R1.record", (rule, view) =>
            rule.Try(view with { Activity = view.Activity with { Barrier = Lsn.Zero, BarrierRule = view.Engine.EffectiveSync } }))),
        Rules("R1: the record shrinks before every walsender follows", Change("R1.record", (rule, view) =>
            rule.Try(view with
            {
                Engine = view.Engine with { EffectiveSync = view.Engine.ConfiguredSync },
                Activity = view.Activity with { Barrier = Lsn.Zero, BarrierRule = view.Engine.ConfiguredSync },
            }))),
        Rules("R1: the server acknowledges alone before the record says so", Change("R1.record", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.WriteRecord { Record.Sync.Protects: false } } && view.Engine.ConfiguredSync != SyncRule.None
                ? new Outcome("wrong", new MemberAction.SetSync(SyncRule.None))
                : rule.Try(view))),

        // R2
        Rules("R2: the promise comes before the receiver is stopped", Move("R2.promise", "R2.detach", (rule, view) =>
            rule.Try(view with { Engine = view.Engine with { Upstream = null, Receiving = false } }))),
        Wrong("R2: the LSN is read before the receiver is stopped", new DriverSpec { ReadsLsnAfterStop = false }),
        Rules("R2: a member attaches while its promise stands", Move("R8.attach", "R2.withdraw", (rule, view) =>
            rule.Try(view with { Coordination = view.Coordination with { Promises = ImmutableSortedDictionary<string, Promise>.Empty } }))),
        Rules("R2: a promise in doubt is forgotten", Change("R2.settle", (_, _) => null), new DriverSpec { StartsInDoubt = false }, view =>
            view with { Coordination = view.Coordination with { PromiseInDoubt = false } }),

        // R3
        Rules("R3: one promise is enough", Change("R3.elect", (rule, view) =>
            view.Record is { Sync: { Protects: true } sync } record
                ? rule.Try(view with { Coordination = view.Coordination with { Record = record with { Sync = new SyncRule(sync.Candidates, sync.Candidates.Count) } } })
                : null)),
        Rules("R3: whoever is first takes over, not who has the most", Change("R3.elect", (rule, view) =>
            view.MyPromise is { } mine
                ? rule.Try(view with { Coordination = view.Coordination with { Promises = view.Coordination.Promises.SetItem(view.Me, mine with { Position = new LogPosition(uint.MaxValue, mine.Position.Lsn) }) } })
                : null)),
        Wrong("R3: the election does not compare the promises' revisions", new DriverSpec { ElectComparesPromises = false }) with { FirstSeed = 500 },
        Wrong("R3: the election compares nothing", new DriverSpec { ElectComparesPromises = false, ElectComparesRecord = false }),
        Rules("R3: promotion before the names, on a server that is not blocked", Change("R3.names", (_, _) => null, "R3.promote", (rule, view) =>
            rule.Try(view with { Engine = view.Engine with { ConfiguredSync = view.Record?.Sync } })), new DriverSpec { StandbysAreBlocked = false }),
        Rules("R3: the fork that is still open is no bound", Change("R3.elect", (rule, view) =>
            rule.Try(view.Record is { PendingFork: { } fork } record
                ? view with { Coordination = view.Coordination with { Record = record with { Lineage = record.Lineage.SetItem(record.Lineage.Length - 1, fork with { Fork = view.Engine.Position?.Lsn ?? fork.Fork }) } } }
                : view))),

        // R4, R8
        Rules("R4: a deposed primary is not fenced", Change("R4.fence", (_, _) => null)),
        Rules("R8: nothing is salvaged before a rewind", Change("R8.salvage", (_, view) =>
            view.Memory.Divergence is { Salvaged: false } divergence && view.Engine.Process == ProcessState.Stopped && !view.IAmPrimary
                ? new Outcome("wrong", new MemberAction.Remember(view.Memory with { Divergence = divergence with { Salvaged = true } }))
                : null)),
        Rules("R8: a divergence is not judged anew", Change("R8.reconsider", (_, _) => null)) with { FirstSeed = 1_000 },

        new("R8: nobody asks whether the log reaches what the pages are of",
            [.. FailoverRules.Table.Select(rule => rule with { Try = view => rule.Try(view with { Engine = view.Engine with { Lacks = null } }) })], new DriverSpec()),
        Rules("R8: pages of a history that is gone wait for it", Change("R8.torn", (_, _) => null)),
        Rules("R8: a server that waits for the wrong upstream goes on waiting", Change("R8.restart", (_, _) => null)),
        Rules("R8: what it may receive after a change of primary is not noted", Change("R8.resume", (_, _) => null)),

        // What the driver owes.
        Wrong("Driver: a write to the record does not compare its revision", new DriverSpec { WriteComparesRecord = false }),
        Wrong("Driver: an agent forgets what may be in flight when it restarts", new DriverSpec { StartsInDoubt = false }) with { FirstSeed = 2_100 },
        Wrong("Driver: a decision is made on a picture older than the own write", new DriverSpec { ReadsItsWrites = false }),
        Wrong("Driver: a rewind trusts timeline numbers", new DriverSpec { RewindDistrustsNumbers = false }),
        Wrong("Driver: a withdrawal lets a promise in flight come to stand", new DriverSpec { WithdrawalBumpsGuard = false }),
    ];

    /// <summary>Where the search begins: saves time for those that few runs notice.</summary>
    public int FirstSeed { get; init; } = 1;

    public override string ToString() => Name;

    private static bool Loosens(SyncRule from, SyncRule to) => from.Protects && to.Protects && (to.Candidates.Except(from.Candidates).Count > 0 || to.Acks < from.Acks);

    private static Mutant Rules(string name, ImmutableArray<Rule> table) => new(name, table, new DriverSpec());

    private static Mutant Rules(string name, ImmutableArray<Rule> table, DriverSpec driver, Func<MemberView, MemberView>? seen = null) =>
        new(name, seen is null ? table : [.. table.Select(rule => rule with { Try = view => rule.Try(seen(view)) })], driver);

    private static Mutant Wrong(string name, DriverSpec driver) => new(name, FailoverRules.Table, driver);

    private static ImmutableArray<Rule> Change(string id, Func<Rule, MemberView, Outcome?> how) =>
        FailoverRules.Table.Replace(Find(id), Find(id) with { Try = view => how(Find(id), view) });

    private static ImmutableArray<Rule> Change(string id, Func<Rule, MemberView, Outcome?> how, string id2, Func<Rule, MemberView, Outcome?> how2) =>
        Change(id, how).Replace(Find(id2), Find(id2) with { Try = view => how2(Find(id2), view) });

    /// <summary>Puts a changed rule before another.</summary>
    private static ImmutableArray<Rule> Move(string id, string before, Func<Rule, MemberView, Outcome?> how)
    {
        var rule = Find(id);
        var table = FailoverRules.Table.Remove(rule);
        return table.Insert(table.IndexOf(Find(before)), rule with { Try = view => how(rule, view) });
    }

    private static Rule Find(string id) => FailoverRules.Table.Single(rule => rule.Id == id);
}
