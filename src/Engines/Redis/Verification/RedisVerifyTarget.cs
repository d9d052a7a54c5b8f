using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>
/// One server of Redis or Valkey, asked through its private socket. Each of its databases has one relation, the keys; a chunk of it is a list of keys, for
/// they have no order that members have in common. Holdfast's own keys are left out.
/// </summary>
internal sealed class RedisVerifyTarget : IVerifyTarget
{
    /// <summary>Keys of a chunk, which are read one after the other without a pause.</summary>
    private const int MostKeys = 500;
    /// <summary>So that a chunk can be sent: a name may have half a gigabyte.</summary>
    private const int MostNameBytes = 256 << 10;
    private const int ExpirySlackMilliseconds = 1;
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(50);
    private static readonly RelationName Keys = new(LossFinder.Schema, LossFinder.TableOfKeys);
    private static readonly ImmutableArray<string> Columns = [LossFinder.TypeColumn, LossFinder.ValueColumn, "expiry"];
    /// <summary>Names how values are hashed: members of which one hashes otherwise cannot be compared.</summary>
    private const string Definition = "keys 1";

    private readonly VerifySessions _sessions;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _watching = new(1, 1);
    private KeyWatch? _watch;

    public RedisVerifyTarget(string member, string socket, Func<(string User, Secret Password)> login, TimeProvider time)
    {
        (Member, _time) = (member, time);
        _sessions = new VerifySessions(member, socket, login, time);
    }

    public string Member { get; }

    public Task<MemberLook> LookAsync(CancellationToken cancellationToken) => _sessions.RunAsync(
        "0", async (connection, token) => await LookAsync(connection, await DatabasesAsync(connection, token), token), cancellationToken);

    public Task<MemberLook> WaitAsync(ulong position, TimeSpan limit, CancellationToken cancellationToken) =>
        _sessions.RunAsync("0", async (connection, token) =>
        {
            var (start, pause) = (_time.GetTimestamp(), FirstPoll);
            while ((await MemberPlace.ReadAsync(connection, token)).Position < position && _time.GetElapsedTime(start) < limit)
            {
                await Task.Delay(pause, _time, token);
                pause = pause * 2 < LongestPoll ? pause * 2 : LongestPoll;
            }

            return await LookAsync(connection, [], token);
        }, cancellationToken);

    /// <remarks>A primary sends each write at once.</remarks>
    public Task PushLogAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <remarks>No write waits for a standby before it can be seen.</remarks>
    public Task<bool> SettledAsync(ulong horizon, TimeSpan limit, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<DatabaseInventory> InventoryAsync(string database, CancellationToken cancellationToken) =>
        _sessions.RunAsync(database, async (connection, token) =>
        {
            var replies = await connection.CallAllAsync([["DBSIZE"], ["INFO", "keyspace"], ["INFO", "memory"]], token);
            var (count, all) = (replies[0].Number, Math.Max(1, KeyCounts(replies[1].Text!).Sum()));
            // What a key takes is not known without looking at each.
            var bytes = (long)((double)new ServerInfo(replies[2].Text!).MemoryBytes * count / all);
            return new DatabaseInventory(
                [new Relation(Keys, RelationKind.Keys, Definition, Columns, [LossFinder.KeyColumn], File: 0, Pages: count, bytes)], []);
        }, cancellationToken);

    public Task<ImmutableArray<SequenceState>> SequencesAsync(
        string database, ImmutableArray<RelationName> names, CancellationToken cancellationToken) => Task.FromResult(ImmutableArray<SequenceState>.Empty);

    public Task<ChunkDigest> DigestAsync(ChunkRequest chunk, CancellationToken cancellationToken) => OnChunkAsync(chunk, async rows =>
    {
        var start = _time.GetTimestamp();
        var (count, sum) = Sum(await rows());
        return new ChunkDigest(count, sum, _time.GetElapsedTime(start).TotalMilliseconds);
    }, cancellationToken);

    public Task<ImmutableArray<BucketDigest>> BucketsAsync(ChunkRequest chunk, CancellationToken cancellationToken) => OnChunkAsync(
        chunk,
        async rows => (await rows()).GroupBy(row => BucketOf(row.Key[0]))
            .Select(bucket => (bucket.Key, Digest: Sum([.. bucket])))
            .Select(bucket => new BucketDigest(bucket.Key, bucket.Digest.Count, bucket.Digest.Sum)).ToImmutableArray(),
        cancellationToken);

    public Task<RowList> RowsAsync(ChunkRequest chunk, ImmutableArray<int> buckets, int limit, CancellationToken cancellationToken) => OnChunkAsync(
        chunk,
        async rows =>
        {
            var found = (await rows()).Where(row => buckets.Contains(BucketOf(row.Key[0]))).ToImmutableArray();
            return new RowList(found.Length <= limit ? found : found[..limit], found.Length > limit);
        },
        cancellationToken);

    public Task<TablePart> NextPartAsync(TableRef table, ImmutableArray<string> after, int rows, CancellationToken cancellationToken) =>
        _sessions.RunAsync(Checked(table).Database, async (connection, token) =>
        {
            // A place in one run of the server says nothing to another run, which has its keys in another order.
            var run = new ServerInfo((await connection.CallAsync(token, "INFO", "server")).Text!).RunId;
            var cursor = after is [var place, var of]
                ? of == run ? place : throw new VerifyException(VerifyFault.Changed, $"{Member} was started anew while its keys were listed")
                : "0";
            var most = Math.Min(rows, MostKeys);
            var (names, bytes) = (new HashSet<string>(StringComparer.Ordinal), 0L);
            do
            {
                var reply = await connection.CallAsync(token, "SCAN", cursor, "COUNT", Number(most));
                cursor = reply.Items![0].Text!;
                foreach (var name in reply.Items[1].Texts.Where(name => !name.StartsWith(StoreHistory.OwnKeys, StringComparison.Ordinal)))
                {
                    bytes += names.Add(name) ? name.Length : 0;
                }
            }
            while (cursor != "0" && names.Count < most / 2 && bytes < MostNameBytes);

            return new TablePart(
                new ChunkRange(Keys: [.. names.Select(name => ImmutableArray.Create(KeyText.Tell(name)))]), cursor == "0" ? null : [cursor, run]);
        }, cancellationToken);

    public Task<ImmutableArray<int>> AbsentAsync(TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) =>
        _sessions.RunAsync(Checked(table).Database, async (connection, token) =>
        {
            var replies = await connection.CallAllAsync([.. Names(keys).Select(name => (string[])["EXISTS", name])], token);
            return replies.Select((reply, index) => (reply, index)).Where(pair => pair.reply.Number == 0).Select(pair => pair.index).ToImmutableArray();
        }, cancellationToken);

    public Task<KeyLook> KeysAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, TimeSpan lasting, CancellationToken cancellationToken)
    {
        Checked(table);
        return lasting > TimeSpan.Zero
            ? _sessions.RunAsync(table.Database, (connection, token) => SampleAsync(connection, table, Names(keys), lasting, token), cancellationToken)
            : _sessions.AgainAsync(token => WatchAsync(table, Names(keys), token), cancellationToken);
    }

    public Task<ImmutableArray<ImmutableArray<long>?>> ColumnsAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken) =>
        _sessions.RunAsync(Checked(table).Database, async (connection, token) =>
        {
            var contents = await new KeyReader(connection, table.Seed).ReadAsync(Names(keys), token);
            return contents.Select(content => content is null ? (ImmutableArray<long>?)null
                : [ContentHash.Short(table.Seed, content.Type), ContentHash.Short(table.Seed, content.Value), content.Expires ?? -1]).ToImmutableArray();
        }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _sessions.DisposeAsync();
        _watch?.Dispose();
        _watching.Dispose();
    }

    private static async Task<MemberLook> LookAsync(RespConnection connection, ImmutableArray<string> databases, CancellationToken cancellationToken)
    {
        var place = await MemberPlace.ReadAsync(connection, cancellationToken);
        var server = new ServerInfo((await connection.CallAsync(cancellationToken, "INFO", "server")).Text!);
        return new MemberLook(place.System, server.Version, place.Follows, place.Position, place.Position, databases);
    }

    /// <summary>All that there may be, also those without keys: a key that one member lacks is to be named.</summary>
    private static async Task<ImmutableArray<string>> DatabasesAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        // How many there are, only who governs the server may ask.
        var (there, beyond) = (1, 2);
        while (await IsThereAsync(beyond - 1))
        {
            (there, beyond) = (beyond, 2 * beyond);
        }

        while (beyond - there > 1)
        {
            var middle = there + ((beyond - there) / 2);
            (there, beyond) = await IsThereAsync(middle - 1) ? (middle, beyond) : (there, middle);
        }

        return [.. Enumerable.Range(0, there).Select(number => Number(number))];

        async Task<bool> IsThereAsync(int number) => !(await connection.CallAllAsync([["SELECT", Number(number)]], cancellationToken))[0].IsError;
    }

    private static IEnumerable<long> KeyCounts(string keyspace) =>
        from line in keyspace.Split('\n')
        where line.StartsWith("db", StringComparison.Ordinal)
        let count = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',')[0]
        select long.Parse(count, CultureInfo.InvariantCulture);

    private Task<T> OnChunkAsync<T>(
        ChunkRequest chunk, Func<Func<Task<ImmutableArray<RowState>>>, Task<T>> read, CancellationToken cancellationToken)
    {
        var keys = chunk.Range.Keys ?? throw new VerifyException(VerifyFault.Failed, "keys have no order: a chunk of them is a list, not a range");
        var seed = Checked(chunk.Table).Seed;
        return _sessions.RunAsync(chunk.Table.Database, (connection, token) => read(async () =>
        {
            var names = Names(keys);
            var contents = await new KeyReader(connection, seed).ReadAsync(names, token);
            return
            [
                .. contents.Select((content, i) => (content, i)).Where(pair => pair.content is not null)
                    .Select(pair => new RowState(keys[pair.i], "", pair.content!.WholeHashOf(seed, names[pair.i]))),
            ];
        }), cancellationToken);
    }

    /// <summary>Once, so that a later look can tell whether a key was changed in between.</summary>
    private async Task<KeyLook> WatchAsync(TableRef table, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await _watching.WaitAsync(cancellationToken);
        try
        {
            if (_watch is { IsFull: true })
            {
                _watch.Dispose();
                _watch = null;
            }

            _watch ??= await KeyWatch.BeginAsync(await _sessions.OpenAsync(cancellationToken), cancellationToken);
            var seen = await _watch.LookAsync(table.Database, names, table.Seed, cancellationToken);
            var clock = Clock();
            var place = await _watch.AskAsync(connection => MemberPlace.ReadAsync(connection, cancellationToken));
            return new KeyLook(
                place.Position, place.Follows, Horizon: 0, Looks: 1,
                [.. seen.Select((one, i) => Seen(table, names[i], i, one.Content, one.Version, times: 1))], clock);
        }
        catch
        {
            // What comes next over it may answer something else.
            _watch?.Dispose();
            _watch = null;
            throw;
        }
        finally
        {
            _watching.Release();
        }
    }

    /// <summary>As often as possible. What a key holds names its state, for both members are looked at meanwhile.</summary>
    private async Task<KeyLook> SampleAsync(
        RespConnection connection, TableRef table, IReadOnlyList<string> names, TimeSpan lasting, CancellationToken cancellationToken)
    {
        var (start, looks, reader) = (_time.GetTimestamp(), 0, new KeyReader(connection, table.Seed));
        var seen = new Dictionary<(int Index, KeyContent? Content), int>();
        do
        {
            var contents = await reader.ReadAsync(names, cancellationToken);
            for (var i = 0; i < names.Count; i++)
            {
                seen[(i, contents[i])] = seen.GetValueOrDefault((i, contents[i])) + 1;
            }

            looks++;
        }
        while (_time.GetElapsedTime(start) < lasting);

        var clock = Clock();
        var place = await MemberPlace.ReadAsync(connection, cancellationToken);
        return new KeyLook(
            place.Position, place.Follows, Horizon: 0, looks,
            [
                .. seen.Select(pair => Seen(
                    table, names[pair.Key.Index], pair.Key.Index, pair.Key.Content, $"{pair.Key.Content?.Value}-{pair.Key.Content?.ExpiryText}", pair.Value)),
            ],
            clock);
    }

    private static SeenRow Seen(TableRef table, string name, int index, KeyContent? content, string version, int times) => content is null
        ? new SeenRow(index, null, 0, times)
        : new SeenRow(index, version, content.HashOf(table.Seed, name), times, content.Expires);

    private long Clock() => _time.GetUtcNow().ToUnixTimeMilliseconds() + ExpirySlackMilliseconds;

    private static TableRef Checked(TableRef table) => table.Name == Keys && table.Definition == Definition
        ? table : throw new VerifyException(VerifyFault.Changed, $"there is no {table.Name} of that form here");

    private static IReadOnlyList<string> Names(ImmutableArray<ImmutableArray<string>> keys)
    {
        try
        {
            return [.. keys.Select(key => KeyText.Untell(key[0]))];
        }
        catch (FormatException fault)
        {
            throw new VerifyException(VerifyFault.Failed, $"a key is not written as keys are: {fault.Message}", fault);
        }
    }

    private static (long Count, string Sum) Sum(ImmutableArray<RowState> rows) =>
        (rows.Length, rows.Aggregate(Int128.Zero, (sum, row) => sum + row.Hash).ToString(CultureInfo.InvariantCulture));

    private static int BucketOf(string key) => (int)(ContentHash.Short(0, key) & (BucketDigest.Count - 1));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
