using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>Makes the report of what a deposed primary had that the new one lacks, once its diverged log has been salvaged.</summary>
internal sealed class LossDecoder(
    StoreSpec store, MemberSpec self, PostgreSqlSpec spec, Layout layout, Binaries binaries, TimeProvider time, Action<string> log)
{
    private static readonly ImmutableArray<string> AlwaysNoted =
    [
        "sequences, large objects and definitions (tables, roles, rights) are not listed",
        "rolled back transactions, unlogged and temporary tables, and template databases are not listed",
    ];

    public async Task<LossReport> RunAsync(
        SalvageReport salvaged, ControlFile control, LogEnd end, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress,
        CancellationToken cancellationToken)
    {
        var directory = salvaged.Directory!;
        if (LossFiles.Read(directory) is { } made)
        {
            return made;
        }

        progress.Report(new JobProgress("listing what was lost"));
        using var reader = new LogReader(layout, control.SegmentBytes, end.History, ArchiveScript.PlaceOf(store, self.Name, control.SystemId));
        var commits = CommitScan.Read(reader, salvaged.From.Lsn, salvaged.To.Lsn, cancellationToken);
        var report = new LossReport
        {
            Id = Path.GetFileName(directory),
            Store = store.Name,
            Member = self.Name,
            SystemId = control.SystemId,
            From = salvaged.From.ToString(),
            To = salvaged.To.ToString(),
            MadeAt = time.GetUtcNow().ToString(CommitScan.TimeFormat, CultureInfo.InvariantCulture),
            Notes = AlwaysNoted,
        };
        var draft = new LossDraft(report, commits, acknowledgedUpTo);
        try
        {
            await DecodeAsync(draft, salvaged, reader, progress, cancellationToken);
        }
        catch (Exception exception) when (exception is EngineException or NpgsqlException or TimeoutException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            draft.GiveUp(exception.Message);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                draft.DropWork();
            }
        }

        var whole = draft.Finish(directory);
        log($"{self.Name}: {whole.Transactions} lost transactions with {whole.Changes} changes listed in {directory}" +
            (whole.IsComplete ? "" : $"; not complete: {string.Join("; ", whole.Gaps)}"));
        return whole;
    }

    private async Task DecodeAsync(
        LossDraft draft, SalvageReport salvaged, LogReader reader, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        if (!store.HasTwoSites)
        {
            throw new EngineException("the store has one site, so its log is not kept in a form that can be decoded");
        }

        var room = new DiskRoom(layout.Own, (long)spec.SalvageReserveMebibytes << 20);
        var spill = room.RequireFor(salvaged.Bytes);
        // From here on the log's end is not where it was: an agent that takes over in the middle must know what has been salvaged.
        AtomicFile.Write(layout.DecodingMarker, draft.Report.Id + "\n");
        var wasStandby = File.Exists(layout.StandbySignal);
        AtomicFile.Delete(layout.StandbySignal);
        AtomicFile.Delete(layout.RecoverySignal);
        try
        {
            await using var server = await IsolatedServer.StartAsync(layout, binaries, time, spill, cancellationToken);
            await ReadAsync(draft, server, salvaged, reader, room, progress, cancellationToken);
        }
        finally
        {
            if (wasStandby)
            {
                AtomicFile.Write(layout.StandbySignal, "");
            }
        }
    }

    private static async Task ReadAsync(
        LossDraft draft, IsolatedServer server, SalvageReport salvaged, LogReader reader, DiskRoom room, IProgress<JobProgress> progress,
        CancellationToken cancellationToken)
    {
        var fork = salvaged.From.Lsn;
        await using var session = await server.ConnectAsync(Sessions.LocalServer.MaintenanceDatabase, cancellationToken);
        var slots = (await RowsAsync(session, LossSlots.SlotsSql, cancellationToken)).Select(LossSlots.Slot.Parse)
            .ToDictionary(slot => slot.Name, StringComparer.Ordinal);
        var databases = (await RowsAsync(session, LossSlots.DatabasesSql, cancellationToken)).ConvertAll(row => (Oid: row[0]!, Name: row[1]!));
        var restart = slots.Values.Where(slot => !slot.IsLost && slot.Restart > Lsn.Zero && slot.Restart <= fork)
            .Select(slot => slot.Restart).DefaultIfEmpty(fork).Min();
        draft.FirstNewXid = CommitScan.NextXid(reader, restart, fork, cancellationToken);
        var decoder = new DatabaseDecoder(draft.ByXid, fork, room.Check, cancellationToken);
        foreach (var (oid, name) in databases)
        {
            progress.Report(new JobProgress($"listing what was lost in database {name}"));
            var slot = slots.GetValueOrDefault(LossSlots.NameFor(oid));
            if (slot is null or { IsLost: true })
            {
                draft.Gap(name, null, slot is null
                    ? "it had no slot yet from which it could be decoded"
                    : "its slot had reached the bound of the kept log ('slot-bound')");
                continue;
            }

            if (slot.Confirmed > fork)
            {
                draft.Gap(name, slot.Confirmed, $"its slot kept the log from {slot.Confirmed} only, which is after the fork");
            }

            await using var connection = await server.ConnectAsync(name, cancellationToken);
            await using var file = LossFiles.Create(draft.WorkFile(salvaged.Directory!, name));
            try
            {
                await decoder.RunAsync(connection, name, LossSlots.NameFor(oid), file);
            }
            catch (Exception exception) when (exception is PostgresException or FormatException or ArgumentException)
            {
                // One database that cannot be read (letters that are none, say) is no reason to tell nothing of the others.
                draft.Gap(name, null, $"it cannot be decoded whole ({exception.Message})");
                continue;
            }

            foreach (var (_, table) in decoder.Tables.Where(table => table.Database == name))
            {
                draft.Tables.Add(await TableFacts.ReadAsync(connection, name, table, cancellationToken)
                    ?? new LossTable(name, table, RowIdentity.None, [], []));
            }
        }

        draft.Take(decoder);
    }

    private static async Task<List<string?[]>> RowsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        }

        return rows;
    }
}
