using System.Globalization;
using Holdfast.Agent.Api;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>Restores in place, as an agent of the group sees them; the body of <c>GET /v1/restore</c>.</summary>
public sealed record RestoreStatus
{
    public required string Store { get; init; }
    /// <summary>Who says this.</summary>
    public required string Member { get; init; }
    /// <summary>Of the group's record.</summary>
    public long Epoch { get; init; }
    /// <summary>Who restores, under <see cref="Epoch"/>; null: nobody.</summary>
    public string? Restorer { get; init; }
    /// <summary>Up to where, for people.</summary>
    public string? Aim { get; init; }
    /// <summary>How far this member is with it; null: it does nothing for it now.</summary>
    public string? Job { get; init; }
    /// <summary>The epoch of the last restore that is done; 0: none.</summary>
    public long RestoredIn { get; init; }
    /// <summary>Why the last one failed that this agent has tried; null: none did.</summary>
    public string? Failure { get; init; }
}

/// <summary>What a restore in place would do, or has begun to do; the body of <c>POST /v1/restore</c>.</summary>
/// <param name="Epoch">Under which it goes on, or would.</param>
/// <param name="Member">Who makes the data anew.</param>
/// <param name="Data">What is replaced.</param>
/// <param name="SetAside">Where that is kept.</param>
/// <param name="EndedAt">When the backup ended, in seconds since 1970 (UTC).</param>
/// <param name="Bytes">What it writes, without the log.</param>
public sealed record RestoreOffer(
    string Store, long Epoch, string Member, string Aim, string Backup, long EndedAt, long Bytes, uint Timeline, string Data, string SetAside, bool Begun);

/// <summary>What the API needs of restores in place.</summary>
public interface IRestoreDesk
{
    Task<RestoreStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>Looks whether it can be done, and unless it is only asked, begins it.</summary>
    /// <exception cref="ApiRefusalException">It cannot be done: why.</exception>
    Task<RestoreOffer> BeginAsync(RestoreRequest request, bool dryRun, CancellationToken cancellationToken);

    /// <summary>Takes back one that is under way. Any agent can do it, also when the member that restores is lost.</summary>
    Task<CommandResult> TakeBackAsync(CancellationToken cancellationToken);
}

/// <summary>Begins and takes back restores in place: both are one write to the record, and what follows is the rules'.</summary>
internal sealed class RestoreDesk(
    StoreSpec store, MemberSpec self, IRestoreEngine engine, ICoordination coordination, PrefixMirror mirror, GroupKeys keys, Action wake,
    Func<MemberView?> view, Func<string?> failure)
    : IRestoreDesk
{
    private const string Changed = "the group changed at this very moment: look at 'holdfast status' and try again";

    public async Task<RestoreStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var record = (await ReadAsync(cancellationToken)).Record;
        return new RestoreStatus
        {
            Store = store.Name,
            Member = self.Name,
            Epoch = record?.Epoch ?? 0,
            Restorer = record?.Restore is null ? null : record.Primary,
            Aim = record?.Restore?.Aim.ToString(),
            Job = view()?.Activity.Job,
            RestoredIn = record?.RestoredIn ?? 0,
            Failure = failure(),
        };
    }

    public async Task<RestoreOffer> BeginAsync(RestoreRequest request, bool dryRun, CancellationToken cancellationToken)
    {
        var picture = await ReadAsync(cancellationToken);
        var seen = view();
        if (Refusal(picture, seen) is { } refusal)
        {
            throw Refused(refusal);
        }

        var record = picture.Record!;
        try
        {
            if (!dryRun)
            {
                await engine.ArchiveAllAsync(cancellationToken);
            }

            var above = record.Lineage.Select(entry => entry.Timeline ?? 0).Append(seen!.Engine.Position?.Timeline ?? 0).Max();
            var plan = await engine.PlanAsync(request, record.Epoch + 1, above, cancellationToken);
            var offer = new RestoreOffer(
                store.Name, record.Epoch + 1, self.Name, plan.Aim.ToString(), plan.Aim.Backup, plan.EndedAt, plan.Bytes, plan.Aim.Timeline, self.Data,
                engine.SetAside(record.Epoch + 1), Begun: !dryRun);
            if (!dryRun)
            {
                var result = await coordination.TransactAsync(
                    Transactions.WriteRecord(keys, picture, StoreRestore.Begun(record, plan.Aim, store.IsZeroLoss), []), cancellationToken);
                wake();
                return result.Succeeded ? offer : throw Refused(Changed);
            }

            return offer;
        }
        catch (EngineException exception)
        {
            throw Refused(exception.Message);
        }
    }

    public async Task<CommandResult> TakeBackAsync(CancellationToken cancellationToken)
    {
        var picture = await ReadAsync(cancellationToken);
        if (picture.Record is not { Restore: not null } record)
        {
            return new CommandResult(
                false, $"{store.Name} is not being restored" + (picture.Record is { RestoredIn: > 0 } done
                    ? string.Create(CultureInfo.InvariantCulture, $"; the restore of epoch {done.RestoredIn} is done, and is taken back by another restore")
                    : ""));
        }

        var result = await coordination.TransactAsync(
            Transactions.WriteRecord(keys, picture, StoreRestore.TakenBack(record), []), cancellationToken);
        wake();
        return result.Succeeded
            ? new CommandResult(true, $"taken back: {record.Primary} puts back what it has set aside, and is primary again, or another takes over")
            : new CommandResult(false, Changed);
    }

    private async Task<GroupPicture> ReadAsync(CancellationToken cancellationToken) =>
        PictureReader.Read(keys, self.Name, (await mirror.ReadNowAsync(cancellationToken)).Keys);

    private string? Refusal(GroupPicture picture, MemberView? seen) =>
        store.HasTwoSites ? $"{store.Name} has two sites: a restore in place is for a store with one; restore with --into, and take from there what is needed"
        : picture.Record is { Restore: not null } under ? $"{under.Primary} restores {store.Name} already; to end that: holdfast restore --take-back"
        : picture.Record is not { IsBeingBorn: false, PendingFork: null } record ? "the group has no primary that serves: look at 'holdfast status'"
        : record.Paused ? "the group is paused: resume it first (holdfast resume)"
        : picture.Request is not null ? "a move is under way: wait until it is over"
        : record.Primary != self.Name ? $"{self.Name} is not the primary, which restores in place: ask {record.Primary}"
        : seen?.Record != record || seen.Engine is not { Process: ProcessState.Running, Role: MemberRole.Primary, GateOpen: true }
            ? $"{self.Name} does not serve yet: look at 'holdfast status' and try again"
        : seen.Memory.Restoring != 0 ? "the last restore is still being put back: try again in a moment"
        : null;

    private static ApiRefusalException Refused(string message) => new(409, message, remedy: null);
}
