using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within one store: what it promises, its members can keep.</summary>
internal static class StoreRules
{
    public static void Check(Section root, Entry<Section> store, Findings findings)
    {
        var section = store.Value;
        var groups = Places.MembersOf(store)
            .Where(member => member.Site is not null)
            .GroupBy(member => member.Site!)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        var objectives = section.Sub(StoreKeys.Objectives);
        var hostLoss = objectives.Sub(ObjectivesKeys.HostLossKey);
        var isZeroLoss = hostLoss.Get(ObjectivesKeys.HostLoss.Rpo) == TimeSpan.Zero;

        Positive(hostLoss, ObjectivesKeys.HostLoss.Rto, findings);
        Positive(objectives.Sub(ObjectivesKeys.SiteLossKey), ObjectivesKeys.SiteLoss.Rto, findings);
        CheckLeaseFits(section, hostLoss, findings);
        if (isZeroLoss)
        {
            CheckLoneMembers(section, groups, findings);
        }
        else if (section.TryGet(StoreKeys.Unprotected, out var unprotected) && unprotected == UnprotectedPolicy.Stall)
        {
            findings.Warn(
                section.PlaceOf(StoreKeys.Unprotected),
                "has no effect: the store may lose data (host-loss.rpo is above 0s)",
                "remove it, or write 'rpo: 0s'");
        }

        CheckAcknowledgements(section, groups, findings);
        CheckPriorities(section, findings);
        SiteRules.Check(root, section, [.. groups.Select(group => group.Key)], findings);
    }

    /// <summary>
    /// A primary that is cut off goes on until its lease ends, and a standby counts that time as lost: with a smaller RPO it could never take over.
    /// </summary>
    private static void CheckLeaseFits(Section section, Section hostLoss, Findings findings)
    {
        var rpo = hostLoss.Get(ObjectivesKeys.HostLoss.Rpo);
        var least = section.Sub(StoreKeys.Timing).Get(TimingKeys.Lease) * 2;
        if (rpo > TimeSpan.Zero && rpo < least)
        {
            findings.Error(
                hostLoss.PlaceOf(ObjectivesKeys.HostLoss.Rpo),
                $"{DurationShape.Text(rpo)} is less than twice timing.lease: a primary that is cut off may acknowledge until its lease has ended",
                $"write 0s (nothing is lost), or at least {DurationShape.Text(least)}, or shorten timing.lease (2s at least)");
        }
    }

    private static void Positive(Section section, Key<TimeSpan> key, Findings findings)
    {
        if (section.TryGet(key, out var value) && value == TimeSpan.Zero)
        {
            findings.Error(section.PlaceOf(key), "no store is back in no time", $"write for example {key.DefaultText}");
        }
    }

    private static void CheckLoneMembers(Section section, List<IGrouping<string, MemberAsRead>> groups, Findings findings)
    {
        var lone = groups.Where(group => group.Count() == 1).Select(group => group.Key).ToList();
        if (lone.Count == 0)
        {
            return;
        }

        var where = lone.Count == groups.Count && lone.Count == 1
            ? "the store has one member"
            : $"the store has one member only at {string.Join(" and at ", lone)}";
        var stalls = section.Get(StoreKeys.Unprotected) == UnprotectedPolicy.Stall;
        if (stalls && lone.Count == groups.Count)
        {
            findings.Error(
                section.PlaceOf(StoreKeys.Unprotected),
                $"{where}: with 'stall' no commit would ever be acknowledged",
                "add members, or write 'unprotected: allow'");
            return;
        }

        findings.Warn(
            section.PlaceOf(StoreKeys.Members),
            stalls
                ? $"{where}: while it is active there, commits wait for ever"
                : $"{where}: while it is active there, losing that host loses data",
            "add a second member there, or declare the loss with 'objectives: {host-loss: {rpo: 5s}}'");
    }

    private static void CheckAcknowledgements(Section section, List<IGrouping<string, MemberAsRead>> groups, Findings findings)
    {
        if (!section.TryGet(StoreKeys.Acknowledgements, out var acknowledgements) || acknowledgements < 2 || groups.Count == 0)
        {
            return;
        }

        // A site with one member runs unprotected in any case (and a warning says so); the others must be able to keep the number.
        var able = groups.Where(group => group.Count() > 1).ToList();
        var smallest = (able.Count > 0 ? able : groups).MinBy(group => group.Count())!;
        var standbys = smallest.Count() - 1;
        if (acknowledgements > standbys)
        {
            findings.Error(
                section.PlaceOf(StoreKeys.Acknowledgements),
                $"{acknowledgements} standbys cannot acknowledge at {smallest.Key}: " +
                    $"it has {Counted(smallest.Count(), "member")}, so at most {Counted(standbys, "standby", "standbys")}",
                $"write {Math.Max(1, standbys)}, or add members at {smallest.Key}");
        }
    }

    private static void CheckPriorities(Section section, Findings findings)
    {
        var members = section.All(StoreKeys.Members);
        if (members.Length > 0 && members.All(member => member.Value.TryGet(MemberKeys.Priority, out var priority) && priority == 0))
        {
            findings.Error(
                section.PlaceOf(StoreKeys.Members),
                "every member has priority 0: none may become primary",
                "give at least one a higher priority");
        }
    }

    private static string Counted(int number, string one, string? many = null) => $"{number} {(number == 1 ? one : many ?? one + "s")}";
}
