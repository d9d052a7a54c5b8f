using System.Collections.Immutable;
using Holdfast.Coordination;

namespace Holdfast.Agent.Tests.Leases;

/// <summary>A double of coordination whose every answer the test decides: keys with compare-and-swap, one lease counter, faults on demand.</summary>
internal sealed class FakeCoordination : ICoordination
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<string, KeyValue> _keys = ImmutableSortedDictionary<string, KeyValue>.Empty;
    private long _revision = 1;
    private long _leases = 100;

    /// <summary>Called with each renewal, on the renewing thread.</summary>
    public Func<long, TimeSpan, TimeSpan?> OnKeepAlive { get; set; } = (_, _) => TimeSpan.FromSeconds(8);
    public Action OnGrant { get; set; } = () => { };
    /// <summary>Called before each transaction; throw to fail it before it is done.</summary>
    public Action BeforeTransaction { get; set; } = () => { };
    /// <summary>Called after each transaction was done; throw to lose its answer.</summary>
    public Action AfterTransaction { get; set; } = () => { };
    public List<long> Revoked { get; } = [];

    public Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var found = _keys.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToImmutableSortedDictionary();
            return Task.FromResult(new PrefixSnapshot(_revision, found));
        }
    }

    public Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        BeforeTransaction();
        TransactionResult result;
        lock (_gate)
        {
            var holds = transaction.Conditions.All(condition => condition switch
            {
                Condition.Absent => !_keys.ContainsKey(condition.Key),
                Condition.Unchanged unchanged => _keys.TryGetValue(condition.Key, out var value) && value.ModRevision == unchanged.ModRevision,
                _ => throw new NotSupportedException(),
            });
            if (holds)
            {
                _revision++;
                foreach (var put in transaction.Operations.Cast<Operation.Put>())
                {
                    _keys = _keys.SetItem(put.Key, new KeyValue(put.Key, put.Value, _revision, _revision, put.Lease));
                }
            }

            result = new TransactionResult(holds, _revision);
        }

        AfterTransaction();
        return Task.FromResult(result);
    }

    public void Set(string key, string text)
    {
        lock (_gate)
        {
            _revision++;
            _keys = _keys.SetItem(key, new KeyValue(key, System.Text.Encoding.UTF8.GetBytes(text), _revision, _revision, 0));
        }
    }

    public string Get(string key) => _keys[key].Text;

    public Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken)
    {
        OnGrant();
        return Task.FromResult(Interlocked.Increment(ref _leases));
    }

    public TimeSpan? KeepAlive(long leaseId, TimeSpan deadline) => OnKeepAlive(leaseId, deadline);

    public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken)
    {
        Revoked.Add(leaseId);
        return Task.CompletedTask;
    }

    public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken) => throw new NotSupportedException();
    public IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
