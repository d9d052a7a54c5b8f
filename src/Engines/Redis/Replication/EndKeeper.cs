using Holdfast.Core.Failover;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Observation;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Replication;

/// <summary>
/// Notes on disk where the data of a detached standby end, so that a server that ends afterwards starts with what its member was elected with. The note
/// goes before the server may receive anything again: who claimed more, or other, than it has would lose acknowledged writes without a word.
/// </summary>
internal sealed class EndKeeper(Layout layout, StateFile state, HistoryKeeper history) : IDisposable
{
    /// <summary>Between a look at the server and the note of what was seen nothing may make it follow somebody.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Looks at a server, and if it is detached and all that it has is in its log, notes where that ends.</summary>
    /// <param name="change">What else is to be noted in the same instant.</param>
    public async Task<Look> NoteAsync(Session session, Func<MemberState, MemberState> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var log = NotedEnd.LogOf(layout);
            var look = await Look.TakeAsync(session, cancellationToken);
            state.Change(now =>
            {
                var next = change(now);
                // From now on the log is newer than any snapshot.
                next = look.Info.LogIsWhole ? next with { Saved = null } : next;
                return next.Role == ToldRole.Standby ? next with { End = EndOf(look, next.End, log) } : next;
            });
            return look;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does what may change the data; <paramref name="change"/> is on disk before.</summary>
    public async Task ChangeAsync(Func<MemberState, MemberState> change, Func<Task> action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            state.Change(change);
            await action();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <param name="noted">What was noted before, in this run of the server or before its start.</param>
    /// <param name="log">The log's files from before the look.</param>
    private NotedEnd? EndOf(Look look, NotedEnd? noted, string? log)
    {
        if (!look.Info.IsDetached || look.Info.LinkIsUp)
        {
            return null;
        }

        var (position, upTo) = look.Info.IsLoading ? default : Observer.Locate(look.Info, look.Known(history.OnDisk), look.Mark, noted?.Position);
        return look.Info.LogHasAll && log is not null && position is { } end && end.Lsn == upTo ? NotedEnd.At(end, log) : noted;
    }
}
