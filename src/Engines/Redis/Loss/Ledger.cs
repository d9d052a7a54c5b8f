using System.Globalization;
using Holdfast.Core.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>
/// The key in which the active primary writes its clock and its place in the stream, a field for each epoch. The clock is read before the key is written,
/// so who has such a field has every write that was acknowledged before that time.
/// </summary>
internal sealed class Ledger(Session session, HistoryKeeper history, TimeProvider time)
{
    /// <summary>A hash in database 0. Its fields: by epoch the sequence, clock and place.</summary>
    public const string Key = "holdfast:heartbeat";
    private const int EpochsKept = 100;
    private const string Clock = "yyyy-MM-dd HH:mm:ss.ffffff'Z'";
    private const string Write = HistoryKeeper.FullToo + "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])";
    private const char Separator = '|';
    private long _sequence;

    public async Task<HeartbeatMark> WriteAsync(long epoch, CancellationToken cancellationToken)
    {
        var info = new ServerInfo((await session.CallAsync(cancellationToken, "INFO", "replication")).Text ?? "");
        var place = info.IsPrimary && history.OnDisk?.Of(info.ReplicationId) is { } stretch ? stretch.At(info.Offset)
            : throw new EngineException("the history of what is written is not written down yet") { IsPassing = true };
        var mark = new HeartbeatMark(
            epoch, Interlocked.Increment(ref _sequence), time.GetUtcNow().UtcDateTime.ToString(Clock, CultureInfo.InvariantCulture), place.Lsn.ToString());
        await CallAsync(cancellationToken, "EVAL", Write, "1", Key, Number(epoch), string.Join(Separator, Number(mark.Sequence), mark.At, mark.Lsn));
        if (mark.Sequence == 1)
        {
            await PruneAsync(cancellationToken);
        }

        return mark;
    }

    public async Task<HeartbeatMark?> ReadAsync(CancellationToken cancellationToken) => Newest((await CallAsync(cancellationToken, "HGETALL", Key)).Texts);

    /// <summary>Of all fields and values; null: there is none.</summary>
    public static HeartbeatMark? Newest(IReadOnlyList<string> pairs) =>
        pairs.Chunk(2).Where(pair => pair.Length == 2).Select(pair => Read(pair[0], pair[1])).OfType<HeartbeatMark>().MaxBy(mark => mark.Epoch);

    /// <summary>Null: not such a field.</summary>
    public static HeartbeatMark? Read(string epoch, string? text) =>
        long.TryParse(epoch, CultureInfo.InvariantCulture, out var number) && text?.Split(Separator) is [var sequence, var at, var lsn] &&
        long.TryParse(sequence, CultureInfo.InvariantCulture, out var count) &&
        DateTimeOffset.TryParseExact(at, Clock, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            ? new HeartbeatMark(number, count, at, lsn) : null;

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        var epochs = (await CallAsync(cancellationToken, "HKEYS", Key)).Texts;
        string[] old =
            [.. epochs.OrderByDescending(text => long.TryParse(text, CultureInfo.InvariantCulture, out var epoch) ? epoch : -1).Skip(EpochsKept)];
        if (old.Length > 0)
        {
            await CallAsync(cancellationToken, ["HDEL", Key, .. old]);
        }
    }

    private async Task<Reply> CallAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var replies = await session.CallAllAsync([["SELECT", "0"], words], cancellationToken);
        return replies[1].IsError ? throw new RespErrorException(replies[1].Text!) : replies[1];
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
