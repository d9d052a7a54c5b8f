using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// Physical slots: they keep log for members that are away, on a primary and on standbys alike, for any member may be the next one that the
/// others stream from.
/// </summary>
internal sealed class LogKeeping(StoreSpec store, MemberSpec self, LogBound bound, Layout layout, LocalSession control,
    TimeProvider time)
{
    private const string Ours = "slot_type = 'physical' AND slot_name LIKE 'holdfast\\_%'";
    private readonly ImmutableDictionary<string, string> _members = MembersBySlot(store, self);

    /// <summary>Which member each slot's name means.</summary>
    public static ImmutableDictionary<string, string> MembersBySlot(StoreSpec store, MemberSpec self) =>
        store.Members.Keys.Where(name => name != self.Name)
            .ToImmutableDictionary(ConnectionInfo.SlotName, name => name, StringComparer.Ordinal);

    /// <summary>A slot that keeps log from now for each of these members, and for nobody else.</summary>
    public async Task KeepForAsync(ImmutableArray<string> members, CancellationToken cancellationToken)
    {
        var wanted = members.Where(member => member != self.Name).Select(ConnectionInfo.SlotName).ToHashSet(StringComparer.Ordinal);
        foreach (var slot in (await ReadAsync(cancellationToken)).Slots)
        {
            // A slot in use keeps what its user needs. One that lost its log, or never reserved any, is made anew.
            var keeps = slot.Kept is not null && !slot.Lost;
            if (slot.Active || (keeps && wanted.Contains(slot.Name)))
            {
                wanted.Remove(slot.Name);
                continue;
            }

            await DropAsync(slot.Name, cancellationToken);
        }

        foreach (var name in wanted)
        {
            await CreateAsync(name, cancellationToken);
        }
    }

    /// <summary>Moves idle slots to what their members have flushed, and gives up what is kept beyond a bound that the server does not know.</summary>
    public async Task FollowAsync(ImmutableDictionary<string, Lsn> flushed, CancellationToken cancellationToken)
    {
        var (slots, own) = await ReadAsync(cancellationToken);
        if (own is not { } end)
        {
            return;
        }

        var plan = SlotPlan.Make(slots, _members, flushed, end, bound);
        try
        {
            foreach (var name in plan.Renew)
            {
                await Wait.UntilAsync(time, Wait.Fine, async () => await control.ValueAsync(
                    $"SELECT pg_terminate_backend(active_pid)::text FROM pg_replication_slots WHERE slot_name = '{name}' AND active",
                    cancellationToken) is null, cancellationToken);
                await DropAsync(name, cancellationToken);
                await CreateAsync(name, cancellationToken);
            }

            if (!plan.Advance.IsEmpty)
            {
                await control.ExecuteAsync(
                    string.Join(';', plan.Advance.Select(move => $"SELECT pg_replication_slot_advance('{move.Slot}', '{move.To}')")),
                    cancellationToken);
            }
        }
        catch (PostgresException exception)
            when (exception.SqlState is PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.DuplicateObject)
        {
            // Its member has come, or the slot has gone, since it was looked at: the next call sees that.
        }
    }

    /// <summary>On a standby that attaches or is promoted: slots for all peers, which reserve nothing until they are used.</summary>
    public async Task OfferToPeersAsync(CancellationToken cancellationToken)
    {
        var present = (await ReadAsync(cancellationToken)).Slots.Select(slot => slot.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var peer in _members.Keys.Where(name => !present.Contains(name)))
        {
            await control.ExecuteAsync($"SELECT pg_create_physical_replication_slot('{peer}')", cancellationToken);
        }
    }

    /// <summary>For a stopped server whose log has been replaced by another's: its slots speak of what is no longer there.</summary>
    public void DropAll() => Drop(name => name.StartsWith("holdfast_", StringComparison.Ordinal) || LossSlots.IsOurs(name));

    /// <summary>For a stopped server that will follow another: what it kept as a primary for listing a loss would fill the disk for ever.</summary>
    public void DropLoss() => Drop(LossSlots.IsOurs);

    private void Drop(Func<string, bool> which)
    {
        if (Directory.Exists(layout.Slots))
        {
            foreach (var slot in Directory.EnumerateDirectories(layout.Slots).Where(slot => which(Path.GetFileName(slot))))
            {
                Directory.Delete(slot, recursive: true);
            }
        }
    }

    private Task DropAsync(string name, CancellationToken cancellationToken) =>
        control.ExecuteAsync($"SELECT pg_drop_replication_slot('{name}')", cancellationToken);

    private Task CreateAsync(string name, CancellationToken cancellationToken) =>
        control.ExecuteAsync($"SELECT pg_create_physical_replication_slot('{name}', true)", cancellationToken);

    private async Task<(List<Slot> Slots, Lsn? Own)> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await control.RowsAsync(
            $"""
            SELECT own.lsn::text, s.slot_name::text, s.active::text, s.restart_lsn::text, (coalesce(s.wal_status, '') = 'lost')::text,
              EXISTS (SELECT FROM pg_stat_replication r WHERE r.pid = s.active_pid AND r.state = 'streaming')::text
            FROM (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END) own (lsn)
            LEFT JOIN (SELECT * FROM pg_replication_slots WHERE {Ours}) s ON true
            """,
            cancellationToken);
        List<Slot> slots =
        [
            .. rows.Where(row => row[1] is not null).Select(row => new Slot(
                row[1]!, row[2] == "true", row[3] is { } kept ? Lsn.Parse(kept) : null, row[4] == "true", row[5] == "true")),
        ];
        return (slots, rows[0][0] is { } own ? Lsn.Parse(own) : null);
    }
}
