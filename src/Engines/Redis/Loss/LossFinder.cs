using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Core;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>
/// Compares what was salvaged of a deposed primary with the present one, key by key, and lists what only the deposed one had, or had otherwise. The log of
/// such a server tells no time and no transaction, so which of two values is the newer one cannot be told.
/// </summary>
internal sealed class LossFinder(
    StoreSpec store, MemberSpec self, SalvageServer salvaged, PresentPrimary primaries, TimeProvider time)
{
    public const string Schema = "redis";
    public const string KeyColumn = "key";
    public const string TypeColumn = "type";
    public const string ValueColumn = "value";
    public const string TableOfKeys = "keys";
    private const int KeysAtOnce = 100;
    private const int LongestList = 100_000;
    private const int LongestValue = 4096;
    private static readonly TimeSpan PrimaryLimit = TimeSpan.FromSeconds(60);

    private static readonly ImmutableArray<LossColumn> Columns =
        [new(KeyColumn, "text", false, false), new(TypeColumn, "text", false, false), new(ValueColumn, "text", false, false)];

    /// <param name="fromSnapshot">The salvaged data are to be read from their snapshot, not from their log.</param>
    public async Task<LossReport> RunAsync(
        SalvageReport kept, string systemId, bool fromSnapshot, Secret reader, Secret replication, IProgress<JobProgress> progress,
        CancellationToken cancellationToken)
    {
        var directory = kept.Directory!;
        if (LossFiles.Read(directory) is { } known)
        {
            return known;
        }

        var report = new LossReport
        {
            Id = Path.GetFileName(directory),
            Store = store.Name,
            Member = self.Name,
            SystemId = systemId,
            From = kept.From.ToString(),
            To = kept.To.ToString(),
            MadeAt = Now(),
            Notes =
            [
                "a key that the present primary has with another value may have been written there since: which is newer cannot be told",
                "a key that it lacks may have been removed there since, and keys that the deposed primary had removed are not listed",
            ],
        };
        try
        {
            progress.Report(new JobProgress("comparing what was salvaged with the present primary"));
            report = await CompareAsync(report, directory, fromSnapshot, reader, replication, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException or RespErrorException or EngineException or UnauthorizedAccessException)
        {
            report = report with { Gaps = [$"what was salvaged could not be compared ({exception.Message}): it is whole in {directory}"] };
        }

        LossFiles.Write(directory, report);
        return report;
    }

    /// <summary>Leftovers of an agent that was killed at it.</summary>
    public Task EndLeftAsync() => salvaged.EndLeftAsync();

    private Task<LossReport> CompareAsync(
        LossReport report, string directory, bool fromSnapshot, Secret reader, Secret replication, CancellationToken cancellationToken) =>
        salvaged.ReadAsync(directory, fromSnapshot, replication, async old =>
        {
            using var present = await primaries.FindAsync(
                store.Members.Values.Where(member => member.Name != self.Name), atLeast: 0, reader, PrimaryLimit, cancellationToken);
            return await ListAsync(report, directory, fromSnapshot, old, present.Reader, cancellationToken);
        }, cancellationToken);

    private static async Task<LossReport> ListAsync(
        LossReport report, string directory, bool fromSnapshot, RespConnection old, RespConnection present, CancellationToken cancellationToken)
    {
        var (arrived, known) = await BeatsAsync(old, present, cancellationToken);
        await using var list = LossFiles.Create(LossFiles.ListOf(directory));
        await using var lost = LostKeys.Create(directory, fromSnapshot);
        var (listed, cut, tables) = (0L, false, new List<LossTable>());
        foreach (var database in await DatabasesAsync(old, cancellationToken))
        {
            foreach (var side in (RespConnection[])[old, present])
            {
                await side.CallAsync(cancellationToken, "SELECT", database);
            }

            var found = new List<LostChange>();
            await foreach (var keys in KeysAsync(old, cancellationToken))
            {
                var mine = await KeyText.ReadAsync(old, keys, cancellationToken);
                var theirs = await KeyText.ReadAsync(present, keys, cancellationToken);
                foreach (var (key, had, has) in keys.Zip(mine, theirs).Where(one => one.Second is { } had && had != one.Third))
                {
                    await lost.WriteAsync(new LostKey(database, KeyText.Tell(key), has is not null), cancellationToken);
                    cut |= listed + found.Count >= LongestList;
                    if (!cut)
                    {
                        found.Add(Change(key, had!));
                    }
                }
            }

            if (found.Count > 0)
            {
                var head = new LostTransaction(0, report.To, report.MadeAt, database, found.Count, false, Acknowledgement.Unknown);
                await WriteAsync(list, new LossLine(Transaction: head), cancellationToken);
                foreach (var change in found)
                {
                    await WriteAsync(list, new LossLine(Change: change), cancellationToken);
                }

                tables.Add(new LossTable(database, new TableName(Schema, TableOfKeys), RowIdentity.Key, [KeyColumn], Columns));
                listed += found.Count;
            }
        }

        lost.Flush();
        list.Flush(flushToDisk: true);
        return report with
        {
            IsDecoded = true,
            IsComplete = !cut,
            Gaps = cut ? [$"more than {LongestList} keys differ: not all are listed; all are in {directory}"] : [],
            Transactions = tables.Count,
            Changes = listed,
            LastArrived = arrived,
            LastKnown = known,
            Tables = [.. tables],
        };
    }

    /// <summary>The newest heartbeat of the deposed primary's epoch that the present one has, and that the deposed one had.</summary>
    private static async Task<(HeartbeatMark? Arrived, HeartbeatMark? Known)> BeatsAsync(
        RespConnection old, RespConnection present, CancellationToken cancellationToken)
    {
        if (Ledger.Newest((await old.CallAsync(cancellationToken, "HGETALL", Ledger.Key)).Texts) is not { } known)
        {
            return (null, null);
        }

        var epoch = known.Epoch.ToString(CultureInfo.InvariantCulture);
        return (Ledger.Read(epoch, (await present.CallAsync(cancellationToken, "HGET", Ledger.Key, epoch)).Text), known);
    }

    private static LostChange Change(string key, KeyValue had) => new()
    {
        Kind = ChangeKind.Insert,
        Tables = [new TableName(Schema, TableOfKeys)],
        New = [new(KeyColumn, KeyText.Tell(key)), new(TypeColumn, had.Type), new(ValueColumn, Bounded(had.Text))],
    };

    /// <summary>A long value is in what was salvaged; here it is named so that it can be compared.</summary>
    private static string Bounded(string text) => text.Length <= LongestValue ? text : Fingerprint.Of(text);

    private static async Task WriteAsync(FileStream list, LossLine line, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(list, line, LossJson.Plain.LossLine, cancellationToken);
        list.WriteByte((byte)'\n');
    }

    private static async Task<IReadOnlyList<string>> DatabasesAsync(RespConnection server, CancellationToken cancellationToken) =>
        [.. (await server.CallAsync(cancellationToken, "INFO", "keyspace")).Text!.Split('\n')
            .Where(line => line.StartsWith("db", StringComparison.Ordinal)).Select(line => line[2..line.IndexOf(':', StringComparison.Ordinal)])];

    private static async IAsyncEnumerable<IReadOnlyList<string>> KeysAsync(
        RespConnection server, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = "0";
        do
        {
            var reply = await server.CallAsync(cancellationToken, "SCAN", cursor, "COUNT", KeysAtOnce.ToString(CultureInfo.InvariantCulture));
            cursor = reply.Items![0].Text!;
            yield return [.. reply.Items[1].Texts.Where(key => !key.StartsWith(StoreHistory.OwnKeys, StringComparison.Ordinal)).Distinct()];
        }
        while (cursor != "0");
    }

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
