using System.Collections.Immutable;

namespace Holdfast.Coordination.InMemory;

/// <summary>
/// A coordination store in this process, shared by any number of <see cref="InMemoryCoordination"/> clients. It behaves as etcd does,
/// limits included. It has no thread and no timer but those of its <see cref="TimeProvider"/>; under a single-threaded synchronization
/// context and a simulated clock every run is the same.
/// </summary>
public sealed class InMemoryStore(TimeProvider time)
{
    /// <summary>As etcd's <c>--max-txn-ops</c>.</summary>
    private const int MostOperations = 128;

    /// <summary>As etcd's <c>--max-request-bytes</c>.</summary>
    private const int MostBytes = 1536 * 1024;

    private readonly Lock _gate = new();
    private readonly InMemoryLeases _leases = new(time);
    private readonly List<(long Revision, string Key, KeyValue? Value)> _history = [];
    private ImmutableSortedDictionary<string, KeyValue> _keys = ImmutableSortedDictionary.Create<string, KeyValue>(StringComparer.Ordinal);
    private TaskCompletionSource _changed = NewSignal();
    private long _revision = 1;
    private long _compacted;

    public TimeProvider Time => time;

    /// <summary>Of the last change.</summary>
    public long Revision
    {
        get
        {
            lock (_gate)
            {
                return _revision;
            }
        }
    }

    /// <summary>The store takes no more puts, as etcd with its space alarm.</summary>
    public bool OutOfSpace { get; set; }

    /// <summary>Forgets how the store became what it is: a watch that has not seen all of it must start anew.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _compacted = _revision;
            _history.Clear();
        }
    }

    /// <summary>Ends a lease now, as if its time were up. False: it is gone already.</summary>
    public bool ExpireLease(long leaseId) => Revoke(leaseId);

    internal PrefixSnapshot Read(string prefix)
    {
        lock (_gate)
        {
            return new PrefixSnapshot(_revision, Under(prefix));
        }
    }

    /// <exception cref="CoordinationException">The transaction is not allowed.</exception>
    internal TransactionResult Transact(Transaction transaction)
    {
        Check(transaction);
        lock (_gate)
        {
            if (!transaction.Conditions.All(Holds))
            {
                return new TransactionResult(false, _revision);
            }

            if (transaction.Operations.OfType<Operation.Put>()
                .FirstOrDefault(put => put.Lease != 0 && !_leases.Exists(put.Lease)) is { } orphan)
            {
                throw new CoordinationException(CoordinationFault.LeaseGone, $"in-memory store: requested lease {orphan.Lease} not found");
            }

            Apply([.. transaction.Operations]);
            return new TransactionResult(true, _revision);
        }
    }

    internal long Grant(TimeSpan timeToLive)
    {
        lock (_gate)
        {
            return _leases.Grant(TimeSpan.FromSeconds(Math.Ceiling(timeToLive.TotalSeconds)), id => Revoke(id));
        }
    }

    internal TimeSpan? Renew(long leaseId)
    {
        lock (_gate)
        {
            return _leases.Renew(leaseId);
        }
    }

    internal bool Revoke(long leaseId)
    {
        lock (_gate)
        {
            if (!_leases.Remove(leaseId))
            {
                return false;
            }

            Apply([.. _keys.Values.Where(key => key.Lease == leaseId).Select(key => new Operation.Delete(key.Key))]);
            return true;
        }
    }

    /// <summary>What happened under a prefix after a revision (null: compacted away), up to which one, and a task that ends at the next
    /// change of the store.</summary>
    internal (ImmutableArray<(long Revision, string Key, KeyValue? Value)>? Events, long Revision, Task Changed) Since(
        string prefix, long revision)
    {
        lock (_gate)
        {
            return revision < _compacted
                ? (null, _revision, _changed.Task)
                : ([.. Newer(revision).ToArray().Where(change => change.Key.StartsWith(prefix, StringComparison.Ordinal))], _revision, _changed.Task);
        }
    }

    /// <summary>
    /// Raised after each change with all keys as they are now and what was done, within the store's lock: handlers must be quick.
    /// </summary>
    internal event Action<ImmutableSortedDictionary<string, KeyValue>, IReadOnlyCollection<Operation>>? Applied;

    private ReadOnlySpan<(long Revision, string Key, KeyValue? Value)> Newer(long revision)
    {
        var history = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_history);
        var from = history.Length;
        while (from > 0 && history[from - 1].Revision > revision)
        {
            from--;
        }

        return history[from..];
    }

    private ImmutableSortedDictionary<string, KeyValue> Under(string prefix) =>
        prefix.Length == 0
            ? _keys
            : _keys.Where(key => key.Key.StartsWith(prefix, StringComparison.Ordinal)).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private bool Holds(Condition condition) => condition switch
    {
        Condition.Absent => !_keys.ContainsKey(condition.Key),
        Condition.Unchanged unchanged => _keys.TryGetValue(condition.Key, out var key) && key.ModRevision == unchanged.ModRevision,
        _ => throw new ArgumentException($"unknown condition {condition}"),
    };

    private void Apply(IReadOnlyCollection<Operation> operations)
    {
        // A deletion of what is not there is no change, and a transaction without a change makes no revision.
        var effective = operations.Where(operation => operation is Operation.Put || _keys.ContainsKey(operation.Key))
            .DistinctBy(operation => operation.Key).ToList();
        if (effective.Count == 0)
        {
            return;
        }

        _revision++;
        foreach (var operation in effective)
        {
            KeyValue? value = null;
            if (operation is Operation.Put put)
            {
                var created = _keys.TryGetValue(put.Key, out var old) ? old.CreateRevision : _revision;
                value = new KeyValue(put.Key, put.Value.ToArray(), created, _revision, put.Lease);
            }

            _keys = value is null ? _keys.Remove(operation.Key) : _keys.SetItem(operation.Key, value);
            _history.Add((_revision, operation.Key, value));
        }

        _changed.SetResult();
        _changed = NewSignal();
        Applied?.Invoke(_keys, effective);
    }

    private void Check(Transaction transaction)
    {
        var puts = transaction.Operations.OfType<Operation.Put>().ToList();
        var doubled = transaction.Operations.GroupBy(operation => operation.Key)
            .FirstOrDefault(group => group.Count() > 1 && group.Any(each => each is Operation.Put));
        var keys = transaction.Operations.Select(operation => operation.Key)
            .Concat(transaction.Conditions.Select(condition => condition.Key));
        var reason =
            Math.Max(transaction.Operations.Length, transaction.Conditions.Length) > MostOperations ? "too many operations in txn request"
            : keys.Any(key => key.Length == 0) ? "key is not provided"
            : doubled is not null ? $"duplicate key given in txn request: {doubled.Key}"
            : puts.Sum(put => (long)put.Value.Length + put.Key.Length) > MostBytes ? "request is too large"
            : OutOfSpace && puts.Count > 0 ? "database space exceeded"
            : null;
        if (transaction.Conditions.OfType<Condition.Unchanged>().FirstOrDefault(unchanged => unchanged.ModRevision <= 0) is { } condition)
        {
            throw new ArgumentException($"{condition.Key}: a revision to compare is at least 1; use Absent for a key that does not exist");
        }

        if (reason is not null)
        {
            throw new CoordinationException(CoordinationFault.Rejected, $"in-memory store: {reason}");
        }
    }

    // Continuations must not run inside our lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
