using System.Runtime.CompilerServices;

namespace Holdfast.Coordination.InMemory;

/// <summary>One client of an <see cref="InMemoryStore"/>, with faults of its own.</summary>
public sealed class InMemoryCoordination(InMemoryStore store, TimeSpan? requestTimeout = null) : ICoordination
{
    private readonly TimeSpan _timeout = requestTimeout ?? TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _disposed = new();

    // Timers live only while somebody holds them.
    private readonly System.Collections.Concurrent.ConcurrentBag<ITimer> _late = [];

    /// <summary>What goes wrong between this client and the store.</summary>
    public InMemoryFaults Faults { get; } = new();

    /// <inheritdoc/>
    public Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken) =>
        CallAsync(InMemoryCall.Read, null, () => store.Read(prefix), cancellationToken);

    /// <inheritdoc/>
    public Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return CallAsync(InMemoryCall.Transact, transaction, () => store.Transact(transaction), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToLive, TimeSpan.Zero);
        return CallAsync(InMemoryCall.GrantLease, null, () => store.Grant(timeToLive), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken) =>
        CallAsync(InMemoryCall.KeepAlive, null, () => store.Renew(leaseId), cancellationToken);

    /// <summary>Never blocks: a delay beyond <paramref name="deadline"/> fails at once, a shorter one is passed over.</summary>
    public TimeSpan? KeepAlive(long leaseId, TimeSpan deadline) => Faults.For(InMemoryCall.KeepAlive, null) switch
    {
        InMemoryFault.Unreachable => throw Unreachable(),
        InMemoryFault.LostRequest => throw NoAnswer(),
        InMemoryFault.LostAnswer => throw Done(() => store.Renew(leaseId)),
        InMemoryFault.DoneLater => throw Later(() => store.Renew(leaseId)),
        _ when Faults.Delay >= deadline => throw NoAnswer(),
        _ => store.Renew(leaseId),
    };

    /// <inheritdoc/>
    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) =>
        CallAsync(InMemoryCall.RevokeLease, null, () => store.Revoke(leaseId), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        var watch = new InMemoryWatch(store, Faults, prefix, _timeout / 2);
        while (true)
        {
            yield return await watch.NextAsync(stop.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        _disposed.Dispose();
    }

    private async Task<T> CallAsync<T>(InMemoryCall call, Transaction? transaction, Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var fault = Faults.For(call, transaction);
        if (fault == InMemoryFault.Unreachable)
        {
            throw Unreachable();
        }

        var late = Faults.Delay >= _timeout;
        var wait = late || fault != InMemoryFault.None ? _timeout : Faults.Delay;
        var failure = (late ? InMemoryFault.LostRequest : fault) switch
        {
            InMemoryFault.LostRequest => NoAnswer(),
            InMemoryFault.LostAnswer => Done(work),
            InMemoryFault.DoneLater => Later(work),
            _ => null,
        };
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, store.Time, cancellationToken);
        }

        return failure is null ? work() : throw failure;
    }

    private static CoordinationException Done<T>(Func<T> work)
    {
        work();
        return NoAnswer();
    }

    private CoordinationException Later<T>(Func<T> work)
    {
        // Twice: the caller waits one timeout, and gives up before the effect comes. What the call would have failed with, nobody hears.
        _late.Add(store.Time.CreateTimer(
            _ =>
            {
                try
                {
                    work();
                }
                catch (CoordinationException)
                {
                    // A transaction that is not allowed is not done, early or late.
                }
            },
            null, 2 * _timeout, Timeout.InfiniteTimeSpan));
        return NoAnswer();
    }

    private static CoordinationException NoAnswer() => new(CoordinationFault.Indeterminate, "in-memory store: no answer (injected fault)");

    private static CoordinationException Unreachable() =>
        new(CoordinationFault.Unreachable, "in-memory store: cannot be reached (injected fault)");
}
