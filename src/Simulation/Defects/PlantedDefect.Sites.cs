using System.Collections.Immutable;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;

namespace Holdfast.Simulation.Defects;

internal sealed partial record PlantedDefect
{
    private static IEnumerable<PlantedDefect> OfTwoSites() =>
        new[] { OfActiveSites(), OfPassiveGroups(), OfMoves(), OfTheGlobalScope() }.SelectMany(some => some)
            .Select(planted => planted with { Worlds = Worlds.TwoSites });

    private static IEnumerable<PlantedDefect> OfActiveSites()
    {
        yield return Rules("SITE.forbidden", "an elected member is promoted without asking which site is active, and without the site lease",
            Without("SITE.forbidden", "SITE.acquire"));
        yield return Rules("SITE.seal", "a seal is never taken back", Without("SITE.unseal"));
        yield return Rules("SITE.demote", "a group whose site is active no more stays as it is", Without("SITE.demote"));
        yield return Wrong("SITE.expired", "nobody stops when the site lease runs out", new Defect
        {
            Table = Without("SITE.expired"),
            SiteGuardIsNotArmed = true,
            SiteLeaseIsLonger = true,
        });
    }

    private static IEnumerable<PlantedDefect> OfPassiveGroups()
    {
        yield return Rules("PASSIVE.lead", "a passive group elects a primary of its own", Change("PASSIVE.lead", (rule, view) => rule.Try(view) is { }
            ? new Outcome("wrong", new MemberAction.WriteRecord(view.Record! with
            {
                Epoch = view.Record.Epoch + 1,
                Primary = view.Me,
                Mode = ProtectionMode.Unprotected,
                Lineage = Lineage.Extend(view.Record.Lineage, view.Engine.Position!.Value.Timeline, view.Engine.History, view.Record.Epoch + 1,
                    view.Engine.Position.Value.Lsn),
            }))
            : null));
        yield return Rules("SITE.promote", "the new site's first epoch is the next one, not the first of its site epoch",
            Change("SITE.promote", (rule, view) => rule.Try(view) is { Action: MemberAction.WriteRecord { Record: var record } }
                ? new Outcome("wrong", new MemberAction.WriteRecord(record with
                {
                    Epoch = view.Record!.Epoch + 1,
                    Lineage = record.Lineage.SetItem(record.Lineage.Length - 1, record.Lineage[^1] with { Epoch = view.Record.Epoch + 1 }),
                }))
                : null));
        yield return Rules("SITE.detach", "a leader promotes before it has stopped receiving", Move("SITE.promote", "SITE.detach", (rule, view) =>
            rule.Try(view with { Engine = view.Engine with { Upstream = null, Receiving = false } })));
        yield return Rules("SITE.epoch", "a passive group does not hear of a new primary", Without("SITE.epoch"));
    }

    private static IEnumerable<PlantedDefect> OfMoves()
    {
        yield return Wrong("SITE.stop", "the old primary does not stop, and says where its log ends", new Defect
        {
            Table = Without("SITE.stop"),
            Duties = Duties(["MOVE.stopped"], (duty, view) => duty.Try(view with
            {
                Member = view.Member with { Engine = view.Member.Engine with { Process = ProcessState.Stopped, CleanShutdown = true } },
            })),
        });
        yield return Owes("MOVE.take", "the store is taken before everything has come", Duties(["MOVE.caught-up", "MOVE.take"], (duty, view) => duty.Try(
            view.Sites.Move is { StoppedAt: not null } move && view.Member.Engine.Position is { } mine
                ? Sees(view, sites => sites with { Move = move with { StoppedAt = mine } })
                : view)));
        yield return Owes("MOVE.fenced", "a failover does not ask how much is missing", Duties(["MOVE.fenced", "MOVE.check", "MOVE.take"], (duty, view) =>
            duty.Try(Sees(view, sites => sites with { Lag = TimeSpan.Zero }))));
        yield return Owes("MOVE.take", "how much is missing is asked at first only", Duties(["MOVE.fenced", "MOVE.take"], (duty, view) =>
            duty.Try(Sees(view, sites => sites with { Lag = TimeSpan.Zero }))));
        yield return Owes("MOVE.give-up", "a move is given up after the store was taken", Duties(["MOVE.begin-step"], (duty, view) =>
            view.Sites.Moving is { IsPastReturn: true, Current: not null } move && view.Member.IAmPrimary && view.StepAge >= TimeSpan.FromSeconds(2) &&
            view.Sites.Record!.ActiveSite == move.To
                ? new DutyOutcome("wrong", new SiteAction.WriteBoth(
                    view.Sites.Record with { State = SiteState.Steady, ActiveSite = move.From }, move with { State = MoveState.Failed }))
                : duty.Try(view)));
        yield return Owes("MOVE.give-up", "a move is never given up", [.. SiteDuties.Table.Where(duty => duty.Id is not ("MOVE.give-up" or "MOVE.deserted"))]);
    }

    private static IEnumerable<PlantedDefect> OfTheGlobalScope()
    {
        yield return Wrong("MOVE.take", "writes in the global scope compare nothing", new Defect
        {
            RewritesGlobal = (sent, keys) => sent with
            {
                Conditions = [.. sent.Conditions.Where(condition => !Takes(sent, keys) || (condition.Key != keys.Record && condition.Key != keys.Move))],
            },
        });
    }

    private static bool Takes(Transaction sent, SiteKeys keys) =>
        sent.Operations.Any(operation => operation.Key == keys.Record) && sent.Operations.Any(operation => operation.Key == keys.Move);

    private static DutyView Sees(DutyView view, Func<SiteView, SiteView> change) =>
        view with { Member = view.Member with { Sites = change(view.Sites) } };

    private static PlantedDefect Owes(string rule, string what, ImmutableArray<Duty> duties) => new(rule, what, new Defect { Duties = duties });

    private static ImmutableArray<Rule> Without(params string[] ids) => FailoverRules.Table.RemoveAll(rule => ids.Contains(rule.Id));

    private static ImmutableArray<Duty> Duties(string[] ids, Func<Duty, DutyView, DutyOutcome?> how) =>
        [.. SiteDuties.Table.Select(duty => ids.Contains(duty.Id) ? duty with { Try = view => how(duty, view) } : duty)];
}
