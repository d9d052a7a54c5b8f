using System.Collections.Immutable;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// Physical slots. On a primary they keep log for members that are away. On a standby they exist for all peers but keep nothing, so
/// that after a promotion the others can attach at once.
/// </summary>
internal sealed class LogKeeping(StoreSpec store, MemberSpec self, Layout layout, LocalSession control)
{
    private const string Ours = "slot_type = 'physical' AND slot_name LIKE 'holdfast\\_%'";

    /// <summary>On a primary: a slot that keeps log from now for each of these members, and for nobody else.</summary>
    public async Task KeepForAsync(ImmutableArray<string> members, CancellationToken cancellationToken)
    {
        var wanted = members.Where(member => member != self.Name).Select(ConnectionInfo.SlotName).ToHashSet(StringComparer.Ordinal);
        foreach (var slot in await ReadAsync(cancellationToken))
        {
            // A slot in use keeps what its user needs. One that lost its log, or never reserved any, is made anew.
            var keeps = slot.Reserved && !slot.Lost;
            if (slot.Active || (keeps && wanted.Contains(slot.Name)))
            {
                wanted.Remove(slot.Name);
                continue;
            }

            await control.ExecuteAsync($"SELECT pg_drop_replication_slot('{slot.Name}')", cancellationToken);
        }

        foreach (var name in wanted)
        {
            await control.ExecuteAsync($"SELECT pg_create_physical_replication_slot('{name}', true)", cancellationToken);
        }
    }

    /// <summary>On a standby: slots for all peers, which reserve nothing until they are used.</summary>
    public async Task OfferToPeersAsync(CancellationToken cancellationToken)
    {
        var present = (await ReadAsync(cancellationToken)).Select(slot => slot.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var peer in store.Members.Keys.Where(name => name != self.Name).Select(ConnectionInfo.SlotName)
            .Where(name => !present.Contains(name)))
        {
            await control.ExecuteAsync($"SELECT pg_create_physical_replication_slot('{peer}')", cancellationToken);
        }
    }

    /// <summary>For a stopped server that will be a standby: what its slots kept as a primary would fill the disk for ever.</summary>
    /// <param name="exceptLoss">Leave what a loss can be listed from.</param>
    public void DropAll(bool exceptLoss = false)
    {
        if (Directory.Exists(layout.Slots))
        {
            foreach (var slot in Directory.EnumerateDirectories(layout.Slots).Where(slot =>
                Path.GetFileName(slot).StartsWith("holdfast_", StringComparison.Ordinal) ||
                (!exceptLoss && LossSlots.IsOurs(Path.GetFileName(slot)))))
            {
                Directory.Delete(slot, recursive: true);
            }
        }
    }

    private async Task<List<Slot>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await control.RowsAsync(
            $"""
            SELECT slot_name::text, active::text, (restart_lsn IS NOT NULL)::text, (coalesce(wal_status, '') = 'lost')::text
            FROM pg_replication_slots WHERE {Ours}
            """,
            cancellationToken);
        return [.. rows.Select(row => new Slot(row[0]!, row[1] == "true", row[2] == "true", row[3] == "true"))];
    }

    private sealed record Slot(string Name, bool Active, bool Reserved, bool Lost);
}
