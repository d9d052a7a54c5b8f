using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>Rules, duties or a driver that are wrong on purpose with two sites, by a name that says how.</summary>
internal sealed record SiteMutant(string Name)
{
    public static readonly ImmutableArray<SiteMutant> All =
    [
        // Who may write.
        new("a primary of a site that is active no more is not fenced")
        {
            FirstSeed = 570, Rules = Without("SITE.fence"), Sites = new SitesSpec { Isolation = IsolationPolicy.Continue, Lying = true },
        },
        new("clients are admitted without asking which site is active")
        {
            FirstSeed = 530, Rules = Change("R10.admit", (rule, view) => rule.Try(view with { Sites = null })),
        },
        new("an elected member is promoted without asking which site is active, and without the lease")
        {
            Rules = Without("SITE.forbidden", "SITE.acquire"),
        },
        new("the lease is counted longer than it is granted") { FirstSeed = 330, Driver = new DriverSpec { SiteLeaseHasMargin = false } },
        new("nobody stops when the lease runs out") { Rules = Without("SITE.expired"), Driver = new DriverSpec { SiteGuard = false } },

        // The passive group.
        new("a passive group elects a primary of its own")
        {
            Rules = Change("PASSIVE.lead", (rule, view) => rule.Try(view) is { } found
                ? new Outcome("wrong", new MemberAction.WriteRecord(view.Record! with
                {
                    Epoch = view.Record.Epoch + 1,
                    Primary = view.Me,
                    Mode = ProtectionMode.Unprotected,
                    Lineage = Lineage.Extend(view.Record.Lineage, view.Engine.Position!.Value.Timeline, view.Engine.History, view.Record.Epoch + 1,
                        view.Engine.Position.Value.Lsn),
                }))
                : null),
        },
        new("the new site's first epoch is the next one, not the first of its site epoch")
        {
            Rules = Change("SITE.promote", (rule, view) => rule.Try(view) is { Action: MemberAction.WriteRecord { Record: var record } }
                ? new Outcome("wrong", new MemberAction.WriteRecord(record with
                {
                    Epoch = view.Record!.Epoch + 1,
                    Lineage = record.Lineage.SetItem(record.Lineage.Length - 1, record.Lineage[^1] with { Epoch = view.Record.Epoch + 1 }),
                }))
                : null),
        },
        new("a member follows a leader whose log is not known to be the store's history")
        {
            FirstSeed = 2_350,
            Rules = ChangeAll(["R8.attach", "R8.start"], (rule, view) => rule.Try(view with
            {
                Peers = view.Peers.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { LogEpoch = long.MaxValue }, StringComparer.Ordinal),
            })),
        },
        new("the new site is promoted with less than it was taken with") { Rules = Without("SITE.short"), FirstSeed = 5_750 },
        new("a leader promotes before it has stopped receiving")
        {
            Rules = Change("SITE.promote", (rule, view) => rule.Try(view with { Engine = view.Engine with { Upstream = null, Receiving = false } }),
                before: "SITE.detach"),
        },
        new("a leader that is called is not started") { FirstSeed = 390, Rules = Without("SITE.start") },
        new("a group whose site is active no more stays as it is") { Rules = Without("SITE.demote") },
        new("a passive group does not hear of a new primary") { Rules = Without("SITE.epoch") },

        // Moves.
        new("the old primary does not stop, and says where its log ends")
        {
            Rules = Without("SITE.stop"),
            Duties = ChangeDuty("MOVE.stopped", (duty, view) => duty.Try(view with
            {
                Member = view.Member with { Engine = view.Member.Engine with { Process = ProcessState.Stopped, CleanShutdown = true } },
            })),
        },
        new("the store is taken before everything has come")
        {
            Duties = ChangeDuties(["MOVE.caught-up", "MOVE.take"], (duty, view) => duty.Try(
                view.Sites.Move is { StoppedAt: not null } move && view.Member.Engine.Position is { } mine
                    ? view with { Member = view.Member with { Sites = view.Sites with { Move = move with { StoppedAt = mine } } } }
                    : view)),
        },
        new("the old site's group is not sealed before it stops")
        {
            FirstSeed = 260,
            Rules = ChangeAll(["SITE.seal", "SITE.stop"], (rule, view) => rule.Id == "SITE.seal" ? null : rule.Try(Sealed(view))),
            Duties = ChangeDuty("MOVE.stopped", (duty, view) => duty.Try(view with { Member = Sealed(view.Member) })),
        },
        new("a seal is never taken back") { Rules = Without("SITE.unseal") },
        new("a failover does not wait for the lease's end")
        {
            Duties = ChangeDuties(["MOVE.fenced", "MOVE.check"], (duty, view) =>
                duty.Try(view with { Member = view.Member with { Sites = view.Sites with { LeaseSite = null } } })),
            Driver = new DriverSpec { TakeChecksLease = false },
        },
        new("a failover does not ask how much is missing")
        {
            Duties = ChangeDuties(["MOVE.fenced", "MOVE.check", "MOVE.take"], (duty, view) =>
                duty.Try(view with { Member = view.Member with { Sites = view.Sites with { Lag = TimeSpan.Zero } } })),
        },
        new("how much is missing is asked at first only")
        {
            Duties = ChangeDuties(["MOVE.fenced", "MOVE.take"], (duty, view) =>
                duty.Try(view with { Member = view.Member with { Sites = view.Sites with { Lag = TimeSpan.Zero } } })),
        },
        new("a move is given up after the store was taken")
        {
            Duties = ChangeDuty("MOVE.give-up", (duty, view) => view.Sites.Moving is { Current: not null } move && view.Member is { IAmPrimary: true } &&
                view.StepAge >= TimeSpan.FromSeconds(move.IsPastReturn ? 2 : 15) && view.Sites.Record!.ActiveSite == move.To && !duty.Id.StartsWith('X')
                    ? new DutyOutcome("wrong", new SiteAction.WriteBoth(
                        view.Sites.Record with { State = SiteState.Steady, ActiveSite = move.From }, move with { State = MoveState.Failed }))
                    : duty.Try(view), before: "MOVE.begin-step"),
        },
        new("a move is never given up") { Duties = [.. SiteDuties.Table.Where(duty => duty.Id != "MOVE.give-up")] },
        new("writes in the global scope compare nothing") { Driver = new DriverSpec { GlobalWritesCompare = false } },

        // The bound of loss.
        new("a card counts from when it was seen") { FirstSeed = 145, Driver = new DriverSpec { CardAgeFromConfirmation = false, CardAgeFromMaking = false } },
        new("the clocks of two sites are compared") { FirstSeed = 265, Driver = new DriverSpec { RowsCountUnderTheirEpoch = false, ClocksOfOneHost = false } },
        new("the clocks of two hosts of a site are compared") { FirstSeed = 265, Driver = new DriverSpec { ClocksOfOneHost = false } },
        new("a card that was long on its way counts as fresh") { FirstSeed = 2_270, Driver = new DriverSpec { CardAgeFromMaking = false } },
    ];

    public ImmutableArray<Rule> Rules { get; init; } = FailoverRules.Table;
    public ImmutableArray<Duty> Duties { get; init; } = SiteDuties.Table;
    public DriverSpec Driver { get; init; } = new();
    public SitesSpec Sites { get; init; } = new();
    /// <summary>Where the search begins: saves time for those that few runs notice; and these are left to the slow tests.</summary>
    public int FirstSeed { get; init; } = 1;

    public override string ToString() => Name;

    private static MemberView Sealed(MemberView view) =>
        view is { Record: { } record, Sites.Record: { } site }
            ? view with { Coordination = view.Coordination with { Record = record with { StopsFor = site.Moves } } }
            : view;

    private static ImmutableArray<Rule> Without(params string[] ids) => FailoverRules.Table.RemoveAll(rule => ids.Contains(rule.Id));

    private static ImmutableArray<Rule> Change(string id, Func<Rule, MemberView, Outcome?> how, string? before = null)
    {
        var rule = FailoverRules.Table.Single(each => each.Id == id);
        var table = FailoverRules.Table.Remove(rule);
        var at = before is null ? FailoverRules.Table.IndexOf(rule) : table.IndexOf(table.Single(each => each.Id == before));
        return table.Insert(at, rule with { Try = view => how(rule, view) });
    }

    private static ImmutableArray<Rule> ChangeAll(string[] ids, Func<Rule, MemberView, Outcome?> how) =>
        [.. FailoverRules.Table.Select(rule => ids.Contains(rule.Id) ? rule with { Try = view => how(rule, view) } : rule)];

    private static ImmutableArray<Duty> ChangeDuty(string id, Func<Duty, DutyView, DutyOutcome?> how, string? before = null)
    {
        var duty = SiteDuties.Table.Single(each => each.Id == id);
        var table = SiteDuties.Table.Remove(duty);
        var at = before is null ? SiteDuties.Table.IndexOf(duty) : table.IndexOf(table.Single(each => each.Id == before));
        return table.Insert(at, duty with { Try = view => how(duty, view) });
    }

    private static ImmutableArray<Duty> ChangeDuties(string[] ids, Func<Duty, DutyView, DutyOutcome?> how) =>
        [.. SiteDuties.Table.Select(duty => ids.Contains(duty.Id) ? duty with { Try = view => how(duty, view) } : duty)];
}
