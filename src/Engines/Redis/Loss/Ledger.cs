using System.Globalization;
using Holdfast.Core.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Loss;

/// <summary>
/// The key in which the active primary writes its clock and its place in the stream. The clock is read before the key is written, so who has the key has
/// every write that was acknowledged before that time.
/// </summary>
internal sealed class Ledger(Session session, HistoryKeeper history, TimeProvider time)
{
    /// <summary>A string in database 0: epoch, sequence, clock and place.</summary>
    public const string Key = "holdfast:heartbeat";
    private const string Clock = "yyyy-MM-dd HH:mm:ss.ffffff'Z'";
    private const string Write = HistoryKeeper.FullToo + "return redis.call('SET', KEYS[1], ARGV[1])";
    private long _sequence;

    public async Task<HeartbeatMark> WriteAsync(long epoch, CancellationToken cancellationToken)
    {
        var info = new ServerInfo((await session.CallAsync(cancellationToken, "INFO", "replication")).Text ?? "");
        var place = info.IsPrimary && history.OnDisk?.Of(info.ReplicationId) is { } stretch ? stretch.At(info.Offset)
            : throw new EngineException("the history of what is written is not written down yet") { IsPassing = true };
        var mark = new HeartbeatMark(
            epoch, Interlocked.Increment(ref _sequence), time.GetUtcNow().UtcDateTime.ToString(Clock, CultureInfo.InvariantCulture), place.Lsn.ToString());
        string[] text = [.. new[] { mark.Epoch, mark.Sequence }.Select(number => number.ToString(CultureInfo.InvariantCulture)), mark.At, mark.Lsn];
        await CallAsync(cancellationToken, "EVAL", Write, "1", Key, string.Join(Separator, text));
        return mark;
    }

    public async Task<HeartbeatMark?> ReadAsync(CancellationToken cancellationToken) => Read(await CallAsync(cancellationToken, "GET", Key));

    private const char Separator = '|';

    /// <summary>Null: not such a text.</summary>
    internal static HeartbeatMark? Read(string? text) =>
        text?.Split(Separator) is [var epoch, var sequence, var at, var lsn] && long.TryParse(epoch, CultureInfo.InvariantCulture, out var number) &&
        long.TryParse(sequence, CultureInfo.InvariantCulture, out var count) &&
        DateTimeOffset.TryParseExact(at, Clock, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            ? new HeartbeatMark(number, count, at, lsn) : null;

    private async Task<string?> CallAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var replies = await session.CallAllAsync([["SELECT", "0"], words], cancellationToken);
        return replies[1].IsError ? throw new RespErrorException(replies[1].Text!) : replies[1].Text;
    }
}
