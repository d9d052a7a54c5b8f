using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Defects;

/// <summary>A defect that is put in on purpose, by the rule that it breaks and in words. The simulator must find each.</summary>
internal sealed partial record PlantedDefect(string Rule, string What, Defect Defect)
{
    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<PlantedDefect> All = [
        .. OfOverlap(), .. OfPromises(), .. OfElections(), .. OfRejoining(), .. OfTheDriver(), .. OfTwoSites(),
    ];

    private static IEnumerable<PlantedDefect> OfOverlap()
    {
        yield return Rules("R1", "the record shrinks before the server", Change("R1.server", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.SetSync { Rule.Protects: true } set } && set.Rule != view.Record!.Sync
                ? new Outcome("wrong", new MemberAction.WriteRecord(view.Record with { Sync = set.Rule, Mode = ProtectionMode.ZeroLoss }))
                : rule.Try(view)));
        yield return Rules("R1", "the server grows before the record", Change("R1.record", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.WriteRecord { Record: var wider } } && Loosens(view.Record!.Sync, wider.Sync) &&
            view.Engine.ConfiguredSync != wider.Sync
                ? new Outcome("wrong", new MemberAction.SetSync(wider.Sync))
                : rule.Try(view)));
        yield return Rules("R1", "the record shrinks without waiting for the barrier", Change("R1.record", (rule, view) =>
            rule.Try(view with { Activity = view.Activity with { Barrier = Lsn.Zero, BarrierRule = view.Engine.EffectiveSync } })));
        yield return Rules("R1", "the record shrinks before every walsender follows", Change("R1.record", (rule, view) => rule.Try(view with
        {
            Engine = view.Engine with { EffectiveSync = view.Engine.ConfiguredSync },
            Activity = view.Activity with { Barrier = Lsn.Zero, BarrierRule = view.Engine.ConfiguredSync },
        })));
        yield return Rules("R1", "the server acknowledges alone before the record says so", Change("R1.record", (rule, view) =>
            rule.Try(view) is { Action: MemberAction.WriteRecord { Record.Sync.Protects: false } } && view.Engine.ConfiguredSync != SyncRule.None
                ? new Outcome("wrong", new MemberAction.SetSync(SyncRule.None))
                : rule.Try(view)));
    }

    private static IEnumerable<PlantedDefect> OfPromises()
    {
        yield return Rules("R2", "the promise comes before the receiver is stopped", Move("R2.promise", "R2.detach", (rule, view) =>
            rule.Try(view with { Engine = view.Engine with { Upstream = null, Receiving = false } })));
        yield return Wrong("R2", "the engine says that it has detached while the receiver still runs", new Defect
        {
            DetachDoesNotWait = true,
            Misreads = seen => seen.Upstream is null ? seen with { Receiving = false } : seen,
        });
        yield return Rules("R2", "a member attaches while its promise stands", Move("R8.attach", "R2.withdraw", (rule, view) =>
            rule.Try(view with { Coordination = view.Coordination with { Promises = ImmutableSortedDictionary<string, Promise>.Empty } })));
        yield return Wrong("R2", "a promise without an answer is forgotten", new Defect
        {
            Sees = view => view with { Coordination = view.Coordination with { PromiseInDoubt = false } },
        });
        yield return Wrong("R2", "a withdrawal lets a promise in flight come to stand", new Defect { Rewrites = Rewriting.WithoutGuard });
    }

    private static IEnumerable<PlantedDefect> OfElections()
    {
        yield return Rules("R3", "one promise is enough", Change("R3.elect", (rule, view) => view.Record is { Sync: { Protects: true } sync } record
            ? rule.Try(view with
            {
                Coordination = view.Coordination with { Record = record with { Sync = new SyncRule(sync.Candidates, sync.Candidates.Count) } },
            })
            : null));
        yield return Rules("R3", "whoever is first takes over, not who has the most", Change("R3.elect", (rule, view) => view.MyPromise is { } mine
            ? rule.Try(view with
            {
                Coordination = view.Coordination with
                {
                    Promises = view.Coordination.Promises.SetItem(view.Me, mine with { Position = new LogPosition(uint.MaxValue, mine.Position.Lsn) }),
                },
            })
            : null));
        yield return Wrong("R3", "the election compares nothing", new Defect { Rewrites = Rewriting.ElectsBlindly });
        yield return Wrong("R3", "promotion before the names, on a server that is not blocked", new Defect
        {
            StandbysAreNotBlocked = true,
            Table = Change("R3.names", (_, _) => null, "R3.promote", (rule, view) =>
                rule.Try(view with { Engine = view.Engine with { ConfiguredSync = view.Record?.Sync } })),
        });
        yield return Rules("R3", "the fork that is still open is no bound", Change("R3.elect", (rule, view) => rule.Try(
            view.Record is { PendingFork: { } fork } record
                ? view with
                {
                    Coordination = view.Coordination with
                    {
                        Record = record with
                        {
                            Lineage = record.Lineage.SetItem(record.Lineage.Length - 1, fork with { Fork = view.Engine.Position?.Lsn ?? fork.Fork }),
                        },
                    },
                }
                : view)));
    }

    private static IEnumerable<PlantedDefect> OfRejoining()
    {
        yield return Rules("R4", "a deposed primary is not fenced", Change("R4.fence", (_, _) => null));
        yield return Rules("R8", "nothing is salvaged before a rewind", Change("R8.salvage", (_, view) =>
            view.Memory.Divergence is { Salvaged: false } divergence && view.Engine.Process == ProcessState.Stopped && !view.IAmPrimary
                ? new Outcome("wrong", new MemberAction.Remember(view.Memory with { Divergence = divergence with { Salvaged = true } }))
                : null));
        yield return Rules("R8", "a divergence is not judged anew", Change("R8.reconsider", (_, _) => null)) with { Worlds = Worlds.TwoSites };
        yield return Wrong("R8", "nobody asks whether the log reaches what the pages are of", new Defect
        {
            Sees = view => view with { Engine = view.Engine with { Lacks = null } },
        });
        yield return Rules("R8", "pages of a history that is gone wait for it", Change("R8.torn", (_, _) => null));
        yield return Rules("R8", "a server that waits for the wrong upstream goes on waiting", Change("R8.restart", (_, _) => null));
        yield return Wrong("R8", "a rewind trusts timeline numbers", new Defect { RewindTrustsNumbers = true });
    }

    private static IEnumerable<PlantedDefect> OfTheDriver()
    {
        yield return Wrong("R1", "a write to the record does not compare its revision", new Defect { Rewrites = Rewriting.WritesBlindly });
        yield return Wrong("R1", "a write to the record without an answer leaves no doubt", new Defect
        {
            Sees = view => view with { Coordination = view.Coordination with { RecordInDoubt = false } },
        });
        yield return Wrong("R6", "the lease counts from the answer", new Defect { LeaseCountsFromAnswer = true });
        yield return Rules("R6", "nobody asks how far behind the new primary is", Change("R6.elect", (rule, view) =>
            rule.Try(view with { Activity = view.Activity with { Lag = TimeSpan.Zero } })));
        yield return Wrong("R6", "the guard is never armed", new Defect { GuardIsNotArmed = true });
    }

    /// <summary>In which worlds it shows.</summary>
    public Worlds Worlds { get; init; } = Worlds.OneSite;

    /// <summary>Where a search may begin, to save time: those that few runs notice are noticed soon after.</summary>
    public int FirstSeed => What switch
    {
        "the record shrinks without waiting for the barrier" => 245,
        "the server acknowledges alone before the record says so" => 190,
        "the engine says that it has detached while the receiver still runs" => 60,
        "a promise without an answer is forgotten" => 990,
        "a withdrawal lets a promise in flight come to stand" => 900,
        "the election compares nothing" => 25,
        "the fork that is still open is no bound" => 220,
        "a divergence is not judged anew" => 1845,
        "nobody asks whether the log reaches what the pages are of" => 135,
        "pages of a history that is gone wait for it" => 735,
        "a server that waits for the wrong upstream goes on waiting" => 335,
        "a rewind trusts timeline numbers" => 245,
        "a write to the record without an answer leaves no doubt" => 385,
        "the lease counts from the answer" => 2080,
        "nobody asks how far behind the new primary is" => 130,
        "the guard is never armed" => 625,
        "a seal is never taken back" => 35,
        "nobody stops when the site lease runs out" => 75,
        "the store is taken before everything has come" => 35,
        "how much is missing is asked at first only" => 105,
        "a failover does not ask how much is missing" => 105,
        "the old primary does not stop, and says where its log ends" => 55,
        "a move is given up after the store was taken" => 50,
        "writes in the global scope compare nothing" => 310,
        _ => 1,
    };

    public override string ToString() => $"{Rule}: {What}";

    private static bool Loosens(SyncRule from, SyncRule to) =>
        from.Protects && to.Protects && (to.Candidates.Except(from.Candidates).Count > 0 || to.Acks < from.Acks);

    private static PlantedDefect Rules(string rule, string what, ImmutableArray<Rule> table) => new(rule, what, new Defect { Table = table });

    private static PlantedDefect Wrong(string rule, string what, Defect defect) => new(rule, what, defect);

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
