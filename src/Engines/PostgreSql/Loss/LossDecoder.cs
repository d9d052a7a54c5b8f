using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;
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
    private const string WorkSuffix = ".partial";

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
        using var reader = new LogReader(layout, control.SegmentBytes, end.History);
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
        var draft = new Draft(report, commits, acknowledgedUpTo);
        try
        {
            await DecodeAsync(draft, salvaged, reader, progress, cancellationToken);
        }
        catch (Exception exception) when (exception is EngineException or NpgsqlException or FormatException or TimeoutException
            || (exception is IOException && DiskFault.Describe(directory) is null))
        {
            cancellationToken.ThrowIfCancellationRequested();
            draft.GiveUp(exception.Message);
        }

        var whole = draft.Finish(directory);
        log($"{self.Name}: {whole.Transactions} lost transactions with {whole.Changes} changes listed in {directory}" +
            (whole.IsComplete ? "" : $"; not complete: {string.Join("; ", whole.Gaps)}"));
        return whole;
    }

    private async Task DecodeAsync(
        Draft draft, SalvageReport salvaged, LogReader reader, IProgress<JobProgress> progress, CancellationToken cancellationToken)
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
        Draft draft, IsolatedServer server, SalvageReport salvaged, LogReader reader, DiskRoom room, IProgress<JobProgress> progress,
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
            await decoder.RunAsync(connection, name, LossSlots.NameFor(oid), file);
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

    /// <summary>The report in the making.</summary>
    private sealed class Draft(LossReport report, List<CommitRecord> commits, Lsn? acknowledgedUpTo)
    {
        private readonly List<string> _gaps = [];
        private readonly List<(string Database, Lsn? Until, string Why)> _missing = [];
        private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
        private DatabaseDecoder? _decoder;

        public LossReport Report => report;
        public Dictionary<uint, CommitRecord> ByXid { get; } = commits.ToDictionary(commit => commit.Xid);
        public List<LossTable> Tables { get; } = [];
        public uint? FirstNewXid { get; set; }

        /// <summary>Notes that of a database nothing can be decoded, or nothing that was committed before <paramref name="until"/>.</summary>
        public void Gap(string database, Lsn? until, string why) => _missing.Add((database, until, why));

        /// <summary>
        /// All is decoded that can be. What is missing of a database matters only if a transaction is lost that no other database accounts for.
        /// </summary>
        public void Take(DatabaseDecoder decoder)
        {
            _decoder = decoder;
            _gaps.AddRange(_missing
                .Where(missing => commits.Exists(commit => !decoder.Seen.Contains(commit.Xid) && !(commit.End > missing.Until)))
                .Select(missing => $"database {missing.Database}: {missing.Why}; the salvaged log is kept"));
        }

        public void GiveUp(string why)
        {
            _gaps.Clear();
            _gaps.Add($"{why}; the salvaged log is kept");
        }

        public string WorkFile(string directory, string database) =>
            _files[database] = Path.Combine(directory, $"decoded-{_files.Count}{WorkSuffix}");

        /// <summary>Puts the databases' transactions together in the order of their commits, then writes the summary.</summary>
        public LossReport Finish(string directory)
        {
            var parts = _decoder?.Parts ?? [];
            var listed = commits.Where(commit => _decoder?.OwnOnly.Contains(commit.Xid) != true).ToList();
            var list = LossFiles.ListOf(directory);
            using (var output = LossFiles.Create(list + WorkSuffix))
            {
                var inputs = _files.ToDictionary(
                    pair => pair.Key, pair => new FileStream(pair.Value, FileMode.Open, FileAccess.Read), StringComparer.Ordinal);
                foreach (var commit in listed)
                {
                    var part = parts.GetValueOrDefault(commit.Xid);
                    var acknowledged = acknowledgedUpTo is { } bound && commit.End > bound ? Acknowledgement.No : Acknowledgement.Unknown;
                    JsonSerializer.Serialize(output, new LossLine(new LostTransaction(
                        commit.Xid, commit.End.ToString(), commit.At, part?.Database, part?.Changes ?? 0, commit.ChangedCatalog, acknowledged)),
                        LossJson.Plain.LossLine);
                    output.Write("\n"u8);
                    if (part is not null)
                    {
                        CopyPart(inputs[part.Database], part, output);
                    }
                }

                output.Flush(flushToDisk: true);
                foreach (var input in inputs.Values)
                {
                    input.Dispose();
                }
            }

            File.Move(list + WorkSuffix, list, overwrite: true);
            foreach (var work in _files.Values)
            {
                File.Delete(work);
            }

            var whole = report with
            {
                IsDecoded = _decoder is not null && (parts.Count > 0 || _gaps.Count == 0),
                IsComplete = _decoder is not null && _gaps.Count == 0,
                Gaps = [.. _gaps],
                Transactions = listed.Count,
                Changes = parts.Values.Sum(part => part.Changes),
                FirstCommit = listed.Count == 0 ? null : listed[0].At,
                LastCommit = listed.Count == 0 ? null : listed[^1].At,
                LastArrived = _decoder?.LastArrived,
                LastKnown = _decoder?.LastKnown,
                FirstNewXid = FirstNewXid,
                Tables = [.. Tables],
            };
            LossFiles.Write(directory, whole);
            return whole;
        }

        private static void CopyPart(FileStream input, DecodedPart part, FileStream output)
        {
            var buffer = new byte[1 << 16];
            input.Position = part.Offset;
            for (var left = part.Bytes; left > 0;)
            {
                var read = input.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
                if (read == 0)
                {
                    throw new IOException($"{input.Name} ended before all of it was read");
                }

                output.Write(buffer, 0, read);
                left -= read;
            }
        }
    }
}
