using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Routing;

/// <summary>
/// Decides where connections go. Pure. Two things are kept apart: whether a member is *proven* to be the primary still, without which its
/// connections are closed; and whether it *accepts*, without which new ones wait. See docs/decisions/0016-gate.md for why this is safe.
/// </summary>
public static class Router
{
    /// <summary>An agent that has said nothing for so long is silent. Agents are asked anew several times in it.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// So long a silent agent's member gets no new connections: if the host is gone, another takes over meanwhile. After that the record alone
    /// counts, for an agent may be away while its server serves.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    public static GateRoutes Decide(GateView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var (active, why) = ActiveSite(view);
        if (active is null)
        {
            return Nowhere(view, "site", why);
        }

        var group = view.Groups[active];
        var newest = NewestOf(view, active);
        if (newest is not { Primary: { } primary })
        {
            return Nowhere(view, "record", NoPrimary(group, active));
        }

        if (newest.Passive)
        {
            return Nowhere(view, "passive", $"{active} is the active site, and its group is still passive: it is being promoted");
        }

        if (!view.Members.TryGetValue(primary, out var member) || member.Site != active)
        {
            return Nowhere(view, "unknown", $"the record names {primary}, which the file does not have at {active}: give this gate the present file");
        }

        var target = new Target(primary, active, newest.Epoch);
        var readWrite = ReadWrite(view, group, member, target);
        return new GateRoutes(readWrite, ReadOnly(view, readWrite, target));
    }

    /// <summary>The newest site record, whoever told of it.</summary>
    public static KnownSite? NewestSite(GateView view) => view.Global is null ? null :
        new[] { view.Global.Newest, view.Global.Record }
            .Concat(view.Members.Values.Select(member => member.Report is { SiteEpoch: > 0, ActiveSite: { } active } report
                ? new KnownSite(report.SiteEpoch, active) : null))
            .OfType<KnownSite>().MaxBy(site => site.Epoch);

    /// <summary>The newest primary of a site's group, whoever told of it.</summary>
    public static KnownPrimary? NewestOf(GateView view, string site) =>
        new[] { view.Groups[site].Record, view.Groups[site].Newest }
            .Concat(view.Members.Values.Where(member => member.Site == site).Select(member => member.Report is { Epoch: > 0, Primary: { } primary } report
                ? new KnownPrimary(report.Epoch, primary, report.Passive) : null))
            .OfType<KnownPrimary>().MaxBy(known => known.Epoch);

    private static (string? Site, string Why) ActiveSite(GateView view)
    {
        if (view.Global is null)
        {
            return (view.Groups.Keys.Single(), "");
        }

        return NewestSite(view) is not { } known
            ? (null, view.Global.State switch
            {
                RecordState.Absent => "there is no site record yet: no agent has made one",
                RecordState.Unreadable => "the site record cannot be read by this version",
                _ => "the site record has not been read yet",
            })
            : view.Groups.ContainsKey(known.Active)
                ? (known.Active, "")
                : (null, $"the active site is {known.Active}, where the file has no member: give this gate the present file");
    }

    private static string NoPrimary(GroupSeen group, string site) => group.State switch
    {
        RecordState.Absent => $"there is no record at {site} yet: the group has not been born",
        RecordState.Unreadable => group.Problem ?? "the record cannot be read by this version",
        RecordState.Present => $"the group at {site} is being born",
        _ => $"neither etcd nor an agent at {site} has answered yet",
    };

    private static ReadWriteRoute ReadWrite(GateView view, GroupSeen group, MemberSeen member, Target target)
    {
        var limit = view.Gate.CutOff;
        var report = member.Report?.Epoch == target.Epoch ? member.Report : null;
        var vouched = report is { Vouched: true } && member.Age <= limit && report.SiteEpoch >= (NewestSite(view)?.Epoch ?? 0);
        var byRecord = group.Record?.Epoch == target.Epoch && Within(group.ConfirmedAgo, limit) &&
            (view.Global is not { } global || (global.Record?.Active == target.Site && Within(global.ConfirmedAgo, limit)));
        if (!vouched && !byRecord)
        {
            return new ReadWriteRoute(null, false, "cut-off",
                $"there is no word of the last {limit.TotalSeconds:0.#} s, from etcd or the agent of {target.Member}, that it is still the primary");
        }

        if (member.Age > Silence)
        {
            return member.Age <= Silence + Grace
                ? new ReadWriteRoute(target, false, "silent", $"the agent of {target.Member} does not answer")
                : byRecord
                    ? new ReadWriteRoute(target, true, "by-record", $"{target} by the record; its agent does not answer")
                    : new ReadWriteRoute(target, false, "silent", $"the agent of {target.Member} does not answer");
        }

        return report switch
        {
            null => new ReadWriteRoute(target, false, "takes-over", $"{target.Member} has not taken up epoch {target.Epoch} yet"),
            { Role: "primary", Serves: true } => new ReadWriteRoute(target, true, "serves", $"{target} serves"),
            _ => new ReadWriteRoute(target, false, "not-serving", $"{target.Member} does not accept clients: {report.Why ?? report.Role}"),
        };
    }

    private static ReadOnlyRoute ReadOnly(GateView view, ReadWriteRoute readWrite, Target primary)
    {
        if (readWrite.Current is null)
        {
            return Reads(view, [], [], null, readWrite.Reason);
        }

        var standbys = view.Members.Values.Where(member => member.Site == primary.Site && member.Name != primary.Member).ToImmutableArray();
        var fit = standbys.Where(member => member.Age <= Silence && member.Report is { Role: "standby", Serves: true } report &&
            report.Epoch == primary.Epoch).ToImmutableArray();
        var near = fit.Where(member => member.Report!.LagBytes <= view.Gate.LagBound).ToImmutableArray();
        var reason = near.Length > 0 ? $"{near.Length} of {standbys.Length} standbys"
            : standbys.IsEmpty ? $"{primary.Site} has no standby"
            : fit.IsEmpty ? $"none of {standbys.Length} standbys is healthy"
            : $"no standby is within {view.Gate.LagBound} B of the primary";
        var fallback = near.IsEmpty && view.Gate.WithoutStandby == WithoutStandby.Primary ? readWrite : null;
        return Reads(view, To(near, primary.Epoch), To(fit, primary.Epoch), fallback, reason);
    }

    private static ReadOnlyRoute Reads(
        GateView view, ImmutableArray<Target> near, ImmutableArray<Target> fit, ReadWriteRoute? fallback, string reason)
    {
        // A standby is given time: after a change of primary all of them are away for a moment.
        var kept = view.Members.Values.Where(member => member.UnfitFor < view.Gate.CutOff)
            .Select(member => new Target(member.Name, member.Site, 0)).ToImmutableArray();
        return fallback switch
        {
            { Current: { } primary, Admits: true } => new ReadOnlyRoute([primary], fit, kept, $"{reason}; the primary instead"),
            _ => new ReadOnlyRoute(near, fit, kept, reason),
        };
    }

    private static ImmutableArray<Target> To(ImmutableArray<MemberSeen> members, long epoch) =>
        [.. members.Select(member => new Target(member.Name, member.Site, epoch))];

    private static GateRoutes Nowhere(GateView view, string rule, string reason) =>
        new(new ReadWriteRoute(null, false, rule, reason), Reads(view, [], [], null, reason));

    private static bool Within(TimeSpan? age, TimeSpan limit) => age is { } known && known <= limit;
}
