using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>An action in the words of the scenario files. Of a record only what differs from the present one.</summary>
internal static class ActionText
{
    public static string Of(MemberAction action, MemberView view) => action switch
    {
        MemberAction.None => "nothing",
        MemberAction.Complain => "complain",
        MemberAction.CreateRecord create => $"create record: {Difference(new GroupRecord { Epoch = 0, Primary = "" }, create.Record)}",
        MemberAction.WriteRecord write => $"write record: {Difference(view.Record!, write.Record)}",
        MemberAction.Initialise => "initialise",
        MemberAction.Restore restore => $"restore under epoch {restore.Epoch} up to {restore.Aim}",
        MemberAction.PutBack back => $"put back what epoch {back.Epoch} set aside",
        MemberAction.PrepareAccess => "prepare access",
        MemberAction.Start start =>
            $"start {(start.Role == MemberRole.Primary ? "primary" : "standby")}, sync {Rule(start.Sync)}, gate {(start.GateOpen ? "open" : "closed")}" +
            (start.Role == MemberRole.Standby ? start.Upstream is { } upstream ? $", following {upstream}" : ", detached" : ""),
        MemberAction.Stop stop => stop.Immediate ? "stop at once" : "stop in good order",
        MemberAction.SetSync set => $"set sync {Rule(set.Rule)}",
        MemberAction.SetGate gate => gate.Open ? "open the gate" : "close the gate",
        MemberAction.Attach attach => $"attach to {attach.Upstream}",
        MemberAction.Detach => "detach",
        MemberAction.Feed feed => $"feed from the archive, following {feed.Upstream}",
        MemberAction.WritePromise promise => $"promise epoch {promise.Epoch} at {promise.Position}",
        MemberAction.WithdrawPromise => "withdraw promise",
        MemberAction.Elect elect =>
            $"elect: {Difference(view.Record!, elect.Record)}; counting {string.Join(" ", elect.Counted.Select(promise => $"{promise.Member}@{promise.Revision}"))}" +
            (elect.LeaseMustBeGone ? "; lease must be gone" : ""),
        MemberAction.Promote => "promote",
        MemberAction.HandOver hand => $"hand over epoch {hand.Epoch}",
        MemberAction.CloneFrom clone => $"clone from {clone.Upstream}",
        MemberAction.Salvage salvage => $"salvage from {salvage.From}",
        MemberAction.Rewind rewind => $"rewind to {rewind.Upstream}",
        MemberAction.Checkpoint checkpoint => $"checkpoint for {checkpoint.RequestId}",
        MemberAction.AcquireLease => "acquire the lease",
        MemberAction.AcquireSiteLease => "acquire the site lease",
        MemberAction.Remember remember => $"remember: {Memory(view.Memory, remember.Memory)}",
        MemberAction.CloseRequest close => $"close request {close.Id} as {(close.Done ? "done" : "refused")}",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action.GetType().Name, "no words for this action"),
    };

    public static string Rule(SyncRule rule) => rule.Protects ? $"{rule.Acks} of {string.Join(" ", rule.Candidates)}" : rule.ToString();

    private static string Difference(GroupRecord before, GroupRecord after)
    {
        var parts = new List<string>();
        Add(parts, before.Epoch != after.Epoch, $"epoch {after.Epoch}");
        Add(parts, before.Primary != after.Primary, $"primary {after.Primary}");
        Add(parts, before.Sync != after.Sync, $"sync {Rule(after.Sync)}");
        Add(parts, before.Mode != after.Mode, $"mode {Mode(after.Mode)}");
        Add(parts, before.SystemId != after.SystemId, $"system {after.SystemId ?? "none"}");
        Add(parts, !before.Lineage.AsSpan().SequenceEqual(after.Lineage.AsSpan()), $"lineage {string.Join(" ", after.Lineage.IsDefault ? [] : after.Lineage)}");
        Add(parts, before.Paused != after.Paused, after.Paused ? "paused" : "not paused");
        Add(parts, before.StopsFor != after.StopsFor, $"stops for {after.StopsFor}");
        Add(parts, before.Stamp != after.Stamp, $"stamp {after.Stamp}");
        Add(parts, before.Restore != after.Restore, after.Restore is null ? "not restoring" : $"restoring up to {after.Restore.Aim}");
        Add(parts, before.RestoredIn != after.RestoredIn, $"restored in {after.RestoredIn}");
        return parts.Count == 0 ? "unchanged" : string.Join(", ", parts);
    }

    private static string Memory(MemberMemory before, MemberMemory after)
    {
        var parts = new List<string>();
        Add(parts, before.Epoch != after.Epoch, $"epoch {after.Epoch}");
        Add(parts, before.WasPrimary != after.WasPrimary, after.WasPrimary ? "was primary" : "was not primary");
        Add(parts, before.LogEpoch != after.LogEpoch, $"log epoch {after.LogEpoch}");
        Add(parts, before.SiteEpoch != after.SiteEpoch || before.ActiveSite != after.ActiveSite, $"site epoch {after.SiteEpoch} at {after.ActiveSite}");
        Add(parts, before.Restoring != after.Restoring, after.Restoring == 0 ? "not restoring" : $"restoring {after.Restoring}");
        Add(parts, before.Divergence != after.Divergence, after.Divergence is { } divergence ? $"diverged from {divergence.From}{(divergence.Salvaged ? ", salvaged" : "")}" : "not diverged");
        return parts.Count == 0 ? "unchanged" : string.Join(", ", parts);
    }

    public static string Mode(ProtectionMode mode) => mode switch
    {
        ProtectionMode.ZeroLoss => "zero-loss",
        ProtectionMode.Unprotected => "unprotected",
        ProtectionMode.Passive => "passive",
        _ => "lease",
    };

    private static void Add(List<string> parts, bool differs, string text)
    {
        if (differs)
        {
            parts.Add(text);
        }
    }
}
