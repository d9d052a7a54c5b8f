using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Holdfast.Coordination.Etcd.Blocking;
using Holdfast.Coordination.Etcd.Watching;
using Holdfast.Coordination.Etcd.Wire;
using Holdfast.Core.Topology;

namespace Holdfast.Coordination.Etcd;

/// <summary>
/// Coordination by etcd 3.4 or newer, over its JSON gateway. Nothing is connected before the first call. Reads and renewals go from server
/// to server within one request timeout; a write goes to the next server only if the one before cannot have received it.
/// </summary>
public sealed class EtcdCoordination : ICoordination
{
    /// <summary>Updates that may wait for a slow reader of a watch before etcd has to wait too.</summary>
    private const int WaitingUpdates = 64;

    private readonly EtcdSession _session;
    private readonly EtcdRenewal _renewal;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>Prepares a client.</summary>
    /// <exception cref="CoordinationException">A certificate file cannot be used (<see cref="CoordinationFault.Certificate"/>).</exception>
    /// <exception cref="ArgumentException">The spec names no endpoint.</exception>
    public EtcdCoordination(CoordinationSpec spec, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(time);
        if (spec.Endpoints.IsDefaultOrEmpty)
        {
            throw new ArgumentException("at least one etcd endpoint is needed", nameof(spec));
        }

        _time = time;
        _session = new EtcdSession(spec, time);
        _renewal = new EtcdRenewal(_session, time);
    }

    /// <inheritdoc/>
    public async Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken)
    {
        var (first, end) = Keys.Range(prefix);
        return Keys.Decode(await _session.RepeatableAsync(EtcdCalls.Range, new RangeRequest(first, end), cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var request = new TxnRequest([.. transaction.Conditions.Select(Encode)], [.. transaction.Operations.Select(Encode)]);
        var response = await _session.OnceAsync(EtcdCalls.Txn, request, cancellationToken);
        return new TransactionResult(response.Succeeded, response.Header?.Revision ?? 0);
    }

    /// <inheritdoc/>
    public async Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToLive, TimeSpan.Zero);
        var request = new LeaseGrantRequest((long)Math.Ceiling(timeToLive.TotalSeconds));
        return (await _session.OnceAsync(EtcdCalls.Grant, request, cancellationToken)).Id;
    }

    /// <inheritdoc/>
    public async Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken)
    {
        return EtcdRenewal.Granted(await _session.RepeatableAsync(EtcdCalls.KeepAlive, new LeaseRequest(leaseId), cancellationToken));
    }

    /// <inheritdoc/>
    public TimeSpan? KeepAlive(long leaseId, TimeSpan deadline) => _renewal.KeepAlive(leaseId, deadline);

    /// <inheritdoc/>
    public async Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken)
    {
        try
        {
            await _session.RepeatableAsync(EtcdCalls.Revoke, new LeaseRequest(leaseId), cancellationToken);
        }
        catch (CoordinationException exception) when (exception.Fault == CoordinationFault.LeaseGone)
        {
            // That is what was asked for.
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        var updates = Channel.CreateBounded<WatchUpdate>(
            new BoundedChannelOptions(WaitingUpdates) { SingleReader = true, SingleWriter = true });
        var watching = new EtcdWatch(_session, prefix, _time, updates.Writer).RunAsync(stop.Token);
        try
        {
            await foreach (var update in updates.Reader.ReadAllAsync(stop.Token))
            {
                yield return update;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        _renewal.Dispose();
        _session.Dispose();
        _disposed.Dispose();
    }

    private static Compare Encode(Condition condition) => condition switch
    {
        Condition.Absent absent => new Compare(Keys.Bytes(absent.Key), "CREATE", "EQUAL", CreateRevision: 0),
        Condition.Unchanged { ModRevision: > 0 } unchanged =>
            new Compare(Keys.Bytes(unchanged.Key), "MOD", "EQUAL", ModRevision: unchanged.ModRevision),
        Condition.Unchanged unchanged =>
            throw new ArgumentException($"{unchanged.Key}: a revision to compare is at least 1; use Absent for a key that does not exist"),
        _ => throw new ArgumentException($"unknown condition {condition}"),
    };

    private static RequestOp Encode(Operation operation) => operation switch
    {
        Operation.Put put => new RequestOp(RequestPut: new PutRequest(Keys.Bytes(put.Key), put.Value.ToArray(), put.Lease)),
        Operation.Delete delete => new RequestOp(RequestDeleteRange: new DeleteRangeRequest(Keys.Bytes(delete.Key))),
        _ => throw new ArgumentException($"unknown operation {operation}"),
    };
}
