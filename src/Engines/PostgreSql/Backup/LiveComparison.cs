using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Verification;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Targets;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>
/// Compares a restored copy with a live member, by the checksums of chunks. The member goes on, so a table that differs may have been written to since;
/// the member's log from where the copy ends tells which were. What is left over differs for good.
/// </summary>
internal sealed partial class LiveComparison(
    MemberSpec live, PostgreSqlSpec spec, ScratchServer copy, Lsn reached, long seed, TimeProvider time)
{
    private const long ChunkBytes = 16L << 20;
    /// <summary>Reading more log than this would take longer than the test itself.</summary>
    private const ulong MostLog = 4UL << 30;
    private const int Named = 3;
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(30);

    public async Task<(CheckOutcome Outcome, string Detail)> RunAsync(CancellationToken cancellationToken)
    {
        await using var member = new PostgreSqlVerifyTarget(live, time);
        await using var restored = new PostgreSqlVerifyTarget("the copy", copy.Socket, ScratchServer.Port, RoleNames.Administrator, time);
        try
        {
            return await CompareAsync(member, restored, cancellationToken);
        }
        catch (VerifyException exception)
        {
            return CheckOutcome.NotRun.With($"not compared: {exception.Message}");
        }
    }

    private async Task<(CheckOutcome Outcome, string Detail)> CompareAsync(
        PostgreSqlVerifyTarget member, PostgreSqlVerifyTarget restored, CancellationToken cancellationToken)
    {
        await member.WaitAsync(reached.Value, CatchUp, cancellationToken);
        var there = await member.LookAsync(cancellationToken);
        var here = await restored.LookAsync(cancellationToken);
        if (there.System != here.System)
        {
            return CheckOutcome.NotRun.With($"not compared: {live.Name} is of another store now");
        }

        if (there.Shown < reached.Value)
        {
            return CheckOutcome.NotRun.With($"not compared: {live.Name} is at {new Lsn(there.Shown)}, behind the copy");
        }

        // What waits for a standby's acknowledgement is committed in the log, and so in the copy, before a primary shows it.
        if (!there.Follows && !await member.SettledAsync(copy.FirstTransaction, CatchUp, cancellationToken))
        {
            return CheckOutcome.NotRun.With($"not compared: commits wait at {live.Name}");
        }

        var (equal, differing) = (0, new List<(string Title, long File)>());
        foreach (var database in here.Databases.Intersect(there.Databases, StringComparer.Ordinal))
        {
            var theirs = (await member.InventoryAsync(database, cancellationToken)).Relations.ToDictionary(relation => relation.Name);
            foreach (var relation in (await restored.InventoryAsync(database, cancellationToken)).Relations.Where(IsStored))
            {
                // Another file, or none: it was written anew or dropped since.
                var same = theirs.TryGetValue(relation.Name, out var other) && other.Definition == relation.Definition && other.File == relation.File;
                if (same && await AreEqualAsync(member, restored, database, relation, cancellationToken))
                {
                    equal++;
                }
                else
                {
                    differing.Add(($"{database}: {relation.Name}", same ? relation.File : 0));
                }
            }
        }

        var changed = differing.Count == 0 ? [] : await ChangedAsync(member, cancellationToken);
        if (changed is null)
        {
            return CheckOutcome.NotRun.With(
                $"{equal} tables are equal to those of {live.Name}; {differing.Count} not compared: the log since the copy's end is not there as a whole");
        }

        var wrong = differing.Where(table => table.File != 0 && !changed.Contains(table.File) && !changed.Contains(Everything)).ToList();
        if (wrong.Count > 0)
        {
            return CheckOutcome.Failed.With(
                $"{wrong.Count} tables differ from those of {live.Name}, though nothing was written to them since: " +
                string.Join(", ", wrong.Take(Named).Select(table => table.Title)));
        }

        if (equal == 0 && differing.Count == 0)
        {
            return CheckOutcome.NotRun.With("there are no tables to compare");
        }

        return (equal > 0 ? CheckOutcome.Passed : CheckOutcome.NotRun).With(
            $"{equal} tables are equal to those of {live.Name}" +
            (differing.Count > 0 ? $"; {differing.Count} not compared: they were changed since" : ""));
    }

    private static bool IsStored(Relation relation) => relation.Kind != RelationKind.Sequence;

    private async Task<bool> AreEqualAsync(
        PostgreSqlVerifyTarget member, PostgreSqlVerifyTarget restored, string database, Relation relation, CancellationToken cancellationToken)
    {
        var table = new TableRef(database, relation.Name, relation.Definition, seed);
        var step = Math.Max(1, ChunkBytes / Math.Max(1, relation.Bytes / Math.Max(1, relation.Pages)));
        for (long from = 0; ; from += step)
        {
            // The last chunk is open at its end: rows may have come meanwhile.
            var last = from + step >= relation.Pages;
            var request = new ChunkRequest(table, ChunkRange.Blocks(from, last ? null : from + step));
            var ours = await restored.DigestAsync(request, cancellationToken);
            if (!ours.Agrees(await member.DigestAsync(request, cancellationToken)))
            {
                return false;
            }

            if (last)
            {
                return true;
            }
        }
    }

    /// <summary>Stands for every file.</summary>
    private const long Everything = -1;

    /// <returns>Numbers of files that the log since the copy's end writes to; null: it cannot be read.</returns>
    private async Task<FrozenSet<long>?> ChangedAsync(PostgreSqlVerifyTarget member, CancellationToken cancellationToken)
    {
        await member.PushLogAsync(cancellationToken);
        var look = await member.LookAsync(cancellationToken);
        var timeline = await TimelineAsync(cancellationToken);
        if (look.Reached - reached.Value > MostLog || timeline is null)
        {
            return null;
        }

        var layout = new Layout(live);
        var (files, last) = (new HashSet<long>(), default(Lsn));
        await ToolRun.RunAsync(
            new Binaries(spec, layout).PathOf("pg_waldump"), ["-p", layout.Log, "-s", reached.ToString(), "-t", timeline], environment: null,
            onErrorLine: null, cancellationToken, onLine: line =>
            {
                if (Place().Match(line) is { Success: true } place && Lsn.TryParse(place.Groups["lsn"].Value, out var at))
                {
                    last = at;
                }

                foreach (Match file in Block().Matches(line))
                {
                    files.Add(long.Parse(file.Groups["file"].ValueSpan, CultureInfo.InvariantCulture));
                }

                // What was written before the copy's end may become visible after it, with the end of its transaction.
                if (End().Match(line) is { Success: true } end && (end.Groups["prepared"].Success
                    || (int)(uint.Parse(end.Groups["id"].ValueSpan, CultureInfo.InvariantCulture) - copy.FirstTransaction) < 0))
                {
                    files.Add(Everything);
                }
            });
        // Its end is an error like any other to the program; that it was read to where the member was is what counts.
        return last.Value + (16UL << 20) < look.Shown || last == default ? null : files.ToFrozenSet();
    }

    private async Task<string?> TimelineAsync(CancellationToken cancellationToken)
    {
        var layout = new Layout(live);
        await using var source = Sessions.LocalServer.Create(layout.SocketDirectory, layout.Port, "test", "postgres");
        await using var command = source.CreateCommand("""
            SELECT CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli::text FROM pg_stat_wal_receiver)
                        ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::text END
            """);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    [GeneratedRegex(@"\blsn: (?<lsn>[0-9A-F]+/[0-9A-F]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"\brel \d+/\d+/(?<file>\d+)|\bbase/\d+/(?<file>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();

    [GeneratedRegex(@"^rmgr: Transaction .*\btx:\s+(?<id>\d+),.*desc: COMMIT(?<prepared>_PREPARED)? ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex End();
}
