using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>Why a candidate cannot be had at all, with the number that stands in the way and what it would have to be.</summary>
/// <param name="What">The reason, a clause.</param>
/// <param name="Change">What would open it; where it is final, what to do instead.</param>
/// <param name="IsFinal">Nothing would: the product cannot do it.</param>
public sealed record Gate(string What, string Change, bool IsFinal = false)
{
    /// <summary>All that stand in the way of a candidate. Empty: it can be had.</summary>
    public static ImmutableArray<Gate> Of(Setting setting, Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        var ofClass = OfClass(setting, candidate).ToImmutableArray();
        // What would open the others is of no use where nothing opens one.
        return ofClass.Any(gate => gate.IsFinal)
            ? ofClass
            : [.. ofClass, .. OfSites(setting, candidate), .. CommitGates.Of(setting, candidate), .. LinkGates.Of(setting, candidate)];
    }

    private static IEnumerable<Gate> OfClass(Setting setting, Candidate candidate)
    {
        var traits = setting.Traits;
        switch (candidate.Pattern)
        {
            case DataPattern.StretchedQuorum or DataPattern.NearReceiver when !setting.Store.Running.IsEmpty:
                yield return new Gate(
                    "Holdfast keeps a group of its own at each site, and one follows the other", "let it follow asynchronously", IsFinal: true);
                break;
            case DataPattern.StretchedQuorum or DataPattern.NearReceiver when !traits.CanStretch:
                yield return new Gate(traits.StretchWhy, "keep it asynchronous", IsFinal: true);
                break;
            case DataPattern.NearReceiver when !traits.HasLog:
                yield return new Gate($"{traits.Engine} has no log that a receiver could take", "stretch the quorum, or follow asynchronously", IsFinal: true);
                break;
            case DataPattern.Asynchronous when traits.FollowsElsewhere is null:
                yield return new Gate($"{traits.Engine} does not follow at another site", "back it up there", IsFinal: true);
                break;
            case DataPattern.LogShipping when !traits.HasLog:
                yield return new Gate($"{traits.Engine} has no log that could be shipped", "follow asynchronously, or back it up", IsFinal: true);
                break;
            case DataPattern.Backup when !traits.BacksUpData:
                yield return new Gate($"a backup of {traits.Engine} is {traits.BackupMeans}", "let the other site follow", IsFinal: true);
                break;
        }

        if (setting.UsesLease && !candidate.Leased && candidate.LocalMembers > 1 && !candidate.WaitsElsewhere)
        {
            yield return new Gate(
                $"with {QuantityText.Of(setting.Store.Objectives[FailureKind.Host].Rpo)} that may be lost with a host, commits wait for no other member (R6)",
                "host-loss.rpo: 0s, so that commits wait and no lease has to end");
        }

        var together = candidate.Pattern == DataPattern.StretchedQuorum
            ? candidate.LocalMembers + candidate.NearMembers + candidate.RemoteMembers
            : candidate.LocalMembers;
        if (together > 1 && together < traits.LeastQuorum)
        {
            yield return new Gate($"{traits.Engine} needs {traits.LeastQuorum} members to lose one", $"{traits.LeastQuorum} members");
        }
    }

    private static IEnumerable<Gate> OfSites(Setting setting, Candidate candidate)
    {
        // What is missing is asked for in another region where the loss of one is to be survived: so it was reckoned.
        var apart = setting.Store.Objectives.ContainsKey(FailureKind.Region);
        if ((candidate.Streams || candidate.Pattern == DataPattern.LogShipping) && setting.Other is null)
        {
            var reckoned = setting.LinkOrAssumed;
            yield return new Gate(
                $"there is no other site with a link to it; reckoned with {QuantityText.Of(reckoned.RoundTrip.Value)} and "
                + $"{QuantityText.Of(reckoned.Line.Value)}",
                (setting.Store.Running.IsEmpty ? "a second site" : $"members of {setting.Store.Name} at a second site")
                + $"{(apart ? " in another region" : "")}, and planning.links with its distance");
        }

        if (candidate.UsesNear && setting.Near is null)
        {
            var reckoned = QuantityText.Of(setting.NearLinkOrAssumed.RoundTrip.Value);
            yield return candidate.IsSpread
                ? new Gate(
                    $"a majority of the members would be at the active site, and would go with it; reckoned with {reckoned}",
                    "a third place with data, nearer than the other site")
                : new Gate(
                    $"there is no third place for data nearer than the other site; reckoned with {reckoned}",
                    "a receiver a few kilometres away: a third place with data");
        }

        foreach (var gate in OfDeciding(setting, candidate, apart ? "a witness at a third place, in a region of its own" : "a witness at a third place"))
        {
            yield return gate;
        }

        if (candidate.Pattern == DataPattern.Backup && !setting.Store.HasBackup.Value)
        {
            yield return NoBackup(setting.Store);
        }

        if (candidate.Pattern == DataPattern.Backup && !setting.Backup.OffSite.Value)
        {
            yield return new Gate("the repository is not said to be at another site", "planning.backup.off-site: true");
        }
    }

    internal static Gate NoBackup(StoreFacts store) => new($"nothing takes backups of it ({store.HasBackup.Origin})", Declare(store));

    /// <summary>What makes that there are backups.</summary>
    internal static string Declare(StoreFacts store) =>
        $"a backup: stores.{store.Name}.backup with a schedule, or planning.backup.interval where something else takes them";

    /// <summary>Whoever takes over by himself must know that he may.</summary>
    private static IEnumerable<Gate> OfDeciding(Setting setting, Candidate candidate, string witness)
    {
        var isStretched = candidate.Pattern == DataPattern.StretchedQuorum;
        if (!isStretched && candidate.Readiness != Readiness.Hot)
        {
            yield break;
        }

        if (setting.Places(candidate).Count() < 3)
        {
            yield return new Gate(
                isStretched ? "two places alone cannot tell a lost site from a cut link"
                : "nobody could say which of two sites goes on: nothing takes over by itself",
                witness);
        }

        var store = setting.Store;
        if (!isStretched && !store.AutomaticSiteFailover.Value)
        {
            yield return new Gate(
                $"the other site may not take over by itself ({store.AutomaticSiteFailover.Origin})",
                store.Running.IsEmpty ? "automatic-site-failover: true" : "site-failover: automatic");
        }
    }
}
