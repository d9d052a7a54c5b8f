namespace Holdfast.Coordination.Mirror;

/// <summary>
/// Keeps the keys under a prefix at hand, by a watch. Reading <see cref="Current"/> costs nothing and never fails; how current it is
/// stands in the picture. Safe for use by several threads.
/// </summary>
public sealed class PrefixMirror(ICoordination coordination, string prefix, TimeProvider time)
{
    private readonly Lock _gate = new();
    private MirrorPicture _current = MirrorPicture.Nothing;
    private long _watched;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>
    /// Raised after each change of <see cref="Current"/>, outside of any lock, on the thread that brought the change; two changes close
    /// together may be raised once each in either order: look at <see cref="Current"/>. A handler that throws ends <see
    /// cref="RunAsync"/>.
    /// </summary>
    public event Action? Changed;

    /// <summary>What is known now.</summary>
    public MirrorPicture Current => Volatile.Read(ref _current);

    /// <summary>Watches until cancelled. To be run once.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var update in coordination.WatchAsync(prefix, cancellationToken).WithCancellation(cancellationToken))
        {
            Take(update);
        }
    }

    /// <summary>A linearizable read, taken into the picture. Returns the picture, which is at least as new as the read.</summary>
    /// <exception cref="CoordinationException">The read failed; the picture stays.</exception>
    public async Task<MirrorPicture> ReadNowAsync(CancellationToken cancellationToken)
    {
        var sent = time.GetTimestamp();
        var snapshot = await coordination.ReadAsync(prefix, cancellationToken);
        lock (_gate)
        {
            var newer = snapshot.Revision > _current.Revision
                ? _current with { Keys = snapshot.Keys, Revision = snapshot.Revision }
                : _current;
            var confirmed = _current.LastConfirmed is { } last && last > sent ? last : sent;
            Set(newer with { LastConfirmed = confirmed });
        }

        Changed?.Invoke();
        return Current;
    }

    /// <summary>Waits until the picture is as wanted, and returns that picture.</summary>
    public async Task<MirrorPicture> WaitForAsync(Func<MirrorPicture, bool> wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        while (true)
        {
            MirrorPicture picture;
            Task changed;
            lock (_gate)
            {
                (picture, changed) = (_current, _changed.Task);
            }

            if (wanted(picture))
            {
                return picture;
            }

            await changed.WithAsync(cancellationToken);
        }
    }

    private void Take(WatchUpdate update)
    {
        lock (_gate)
        {
            // A whole snapshot may have been overtaken by a read that was merged in. But when the watch itself goes back, so did the store
            // (restored from a backup): then what was known is void.
            var overtaken = update is WatchUpdate.Whole { Snapshot.Revision: var revision } && revision < _current.Revision
                && revision >= _watched;
            Set(_current.With(overtaken ? new WatchUpdate.Alive(_watched) : update, time.GetTimestamp()));
            _watched = update switch
            {
                WatchUpdate.Whole whole => whole.Snapshot.Revision,
                WatchUpdate.Changes changes => changes.Revision,
                _ => _watched,
            };
        }

        Changed?.Invoke();
    }

    private void Set(MirrorPicture picture)
    {
        Volatile.Write(ref _current, picture);
        _changed.SetResult();
        _changed = NewSignal();
    }

    // Continuations must not run inside our lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
