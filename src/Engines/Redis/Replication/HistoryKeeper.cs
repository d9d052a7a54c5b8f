using Holdfast.Core.Failover;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Replication;

/// <summary>One look at a running server: what it says of itself, and what is written in its data.</summary>
internal sealed record Look(ServerInfo Info, StoreHistory? InData, LogPosition? Mark, string? MinStandbys)
{
    public static readonly string[][] Commands =
    [
        ["INFO", "replication", "persistence", "memory"],
        ["SELECT", "0"],
        ["HGETALL", StoreHistory.Key],
        ["GET", StoreHistory.MarkKey],
        ["CONFIG", "GET", "min-replicas-to-write"],
    ];

    /// <summary>
    /// The history of these data. What an eviction or a FLUSHALL took away, or an exchange of databases put an old one in place of, is beside them; while a
    /// copy comes in, that is of other data.
    /// </summary>
    public StoreHistory? Known(StoreHistory? onDisk) => Info.IsLoading || Info.IsCopying || InData?.Of(Info.ReplicationId) is not null ? InData
        : InData is null ? onDisk
        : onDisk?.Of(Info.ReplicationId) is not null ? InData.And(onDisk)
        : InData;

    public static Look Of(IReadOnlyList<Reply> replies) => new(
        new ServerInfo(replies[0].IsError ? throw new RespErrorException(replies[0].Text!) : replies[0].Text ?? ""),
        replies[2].IsError ? null : StoreHistory.Read(replies[2].Texts),
        replies[3].IsError ? null : StoreHistory.ReadMark(replies[3].Text),
        replies[4].IsError ? null : replies[4].Texts.ElementAtOrDefault(1));

    public static async Task<Look> TakeAsync(Session session, CancellationToken cancellationToken) =>
        Of(await session.CallAllAsync(Commands, cancellationToken));
}

/// <summary>
/// Keeps the store's history in the data of a primary, where it replicates, and a copy of it beside the data of every member. What a user's FLUSHALL or
/// an eviction took away is written again.
/// </summary>
internal sealed class HistoryKeeper(Layout layout, StateFile state, Session session, Action<string> log) : IDisposable
{
    private readonly Lock _lock = new();
    /// <summary>Two that begin one stretch at the same time would not number it alike.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);
    private StoreHistory? _onDisk;

    /// <summary>What Holdfast writes is little, and a server that is full must take it, or nobody could be promoted.</summary>
    public const string FullToo = "#!lua flags=allow-oom\n";
    private const string WriteFields = FullToo + "for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end";
    private const string WriteMark = FullToo + "return redis.call('SET', KEYS[1], ARGV[1])";

    /// <summary>The copy beside the data; null: these are not a store's data.</summary>
    public StoreHistory? OnDisk
    {
        get
        {
            lock (_lock)
            {
                return _onDisk ??= StoreHistory.FromJson(AtomicFile.ReadOrNull(layout.Store));
            }
        }
    }

    /// <summary>The files have been replaced.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _onDisk = null;
        }
    }

    /// <summary>Notes what the data tell, if it is of the stream that they follow now.</summary>
    public void NoteFrom(Look look)
    {
        if (look is { InData: { } history, Info: { IsCopying: false, IsLoading: false } info } && history.Of(info.ReplicationId) is not null)
        {
            Note(history);
        }
    }

    public void Note(StoreHistory history)
    {
        if (history != OnDisk)
        {
            lock (_lock)
            {
                AtomicFile.Write(layout.Store, history.ToJson());
                _onDisk = history;
            }
        }
    }

    /// <summary>
    /// On a running primary: begins the stretch that its replication id needs, if that is not written down yet. Null: not a primary, or still loading.
    /// </summary>
    /// <exception cref="RespErrorException">It accepts no writes, say.</exception>
    public async Task<(Stretch Stretch, long Offset)?> EnsureAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await EnsureAloneAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Says in the data how far they are at least.</summary>
    public async Task MarkAsync(LogPosition position, CancellationToken cancellationToken) =>
        await session.CallAsync(cancellationToken, "EVAL", WriteMark, "1", StoreHistory.MarkKey, StoreHistory.Mark(position));

    private async Task<(Stretch Stretch, long Offset)?> EnsureAloneAsync(CancellationToken cancellationToken)
    {
        var look = await Look.TakeAsync(session, cancellationToken);
        if (!look.Info.IsPrimary || look.Info.IsLoading)
        {
            return null;
        }

        // The data may be older than what is noted beside them: a server that ends before its log is whole starts from a snapshot.
        var known = look.InData?.And(OnDisk) ?? OnDisk ?? throw new EngineException(
            $"{layout.Store} is missing, and the data do not tell which store's they are: run 'holdfast reinit' for this member");
        var (history, stretch) = known.Of(look.Info.ReplicationId) is { } there ? (known, there) : Extended(known, look);
        if (look.InData != history)
        {
            await session.CallAsync(cancellationToken, ["EVAL", WriteFields, "1", StoreHistory.Key, .. history.Fields]);
            log($"timeline {stretch.Timeline} goes on from {stretch.Start} under replication id {stretch.ReplicationId}");
        }

        Note(history);
        state.Change(now => now with { Role = ToldRole.Primary, End = null });
        return (stretch, look.Info.Offset);
    }

    private (StoreHistory History, Stretch Stretch) Extended(StoreHistory known, Look look)
    {
        var id = look.Info.ReplicationId;
        var made = known.Newest is not { } newest ? new Stretch(1, id, 0, Lsn.Zero)
            : known.Of(look.Info.FormerId) is { } former && former == newest && look.Info.FormerEnd > 0
                ? new Stretch(Next(newest), id, former.Base, former.At(look.Info.FormerEnd - 1).Lsn)
                : AfterGap(newest, id, look.Mark?.Lsn ?? newest.Start, state.Current.End?.Position.Lsn ?? Lsn.Zero);
        return (known.With(made), made);
    }

    /// <summary>It counts from 0 again, and where it was is known from below only, unless its end was noted.</summary>
    private Stretch AfterGap(Stretch newest, string id, Lsn atLeast, Lsn ended)
    {
        var from = Lsn.Max(Lsn.Max(atLeast, ended), newest.Start);
        return new Stretch(Next(newest), id, Math.Max((long)from.Value, newest.Base) + StoreHistory.Gap, from);
    }

    /// <summary>A promotion begins a timeline; a restart in place goes on with the same.</summary>
    private uint Next(Stretch newest) => state.Current.Role == ToldRole.Promoting ? newest.Timeline + 1 : newest.Timeline;
}
