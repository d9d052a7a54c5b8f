using System.Collections.Immutable;

namespace Holdfast.Coordination;

/// <summary>
/// A small, strongly consistent key-value store. Each call has a deadline of its own (the store's request timeout) besides the token.
/// Faults are <see cref="CoordinationException"/>; whether a failed write may yet take effect is in <see cref="CoordinationException.Fault"/>.
/// </summary>
public interface ICoordination : IAsyncDisposable
{
    /// <summary>Linearizable read of all keys that begin with <paramref name="prefix"/>, at one revision.</summary>
    Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// All conditions hold: all operations are done at one revision; otherwise nothing is done.
    /// A transaction is sent once: it is never retried after it may have reached a server.
    /// </summary>
    Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken);

    /// <summary>Grants a lease. Keys put under it vanish when it expires.</summary>
    Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken);

    /// <summary>
    /// Renews. Returns the time to live granted anew, counted by the server from when it handled the call; null: the lease is gone.
    /// </summary>
    Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken);

    /// <summary>
    /// The same, blocking, entirely on the calling thread: for a dedicated renewal thread that a starved thread pool must not delay.
    /// </summary>
    TimeSpan? KeepAlive(long leaseId, TimeSpan deadline);

    /// <summary>Ends a lease and removes its keys. A lease that is gone already is no error.</summary>
    Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken);

    /// <summary>
    /// The prefix now and after each change, for ever, until cancelled: first one snapshot of the whole, then batches in order of revision without
    /// a gap, through reconnects, other endpoints and compaction (after which a new whole snapshot comes, marked as such).
    /// Never throws for a fault of the store: it reports <see cref="WatchUpdate.Disconnected"/> and tries on.
    /// </summary>
    IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, CancellationToken cancellationToken);
}

/// <summary>A key's value with its revisions.</summary>
/// <param name="ModRevision">Revision of its last change: the thing to compare.</param>
/// <param name="Lease">0: none.</param>
public sealed record KeyValue(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModRevision, long Lease)
{
    /// <summary>The value as UTF-8 text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Value.Span);
}

/// <summary>Keys at one revision of the store.</summary>
public sealed record PrefixSnapshot(long Revision, ImmutableSortedDictionary<string, KeyValue> Keys);

/// <summary>What a watch has to tell.</summary>
public abstract record WatchUpdate
{
    private WatchUpdate() { }

    /// <summary>The whole prefix as of now; replaces everything known.</summary>
    public sealed record Whole(PrefixSnapshot Snapshot) : WatchUpdate;

    /// <summary>All changes of one or more consecutive revisions. A null value: the key is gone.</summary>
    public sealed record Changes(long Revision, ImmutableArray<(string Key, KeyValue? Value)> Keys) : WatchUpdate;

    /// <summary>The server says that it is there and has nothing newer than <paramref name="Revision"/> for us.</summary>
    public sealed record Alive(long Revision) : WatchUpdate;

    /// <summary>The connection is lost; what is known may be old. The watch goes on trying.</summary>
    public sealed record Disconnected(string Reason) : WatchUpdate;
}

/// <summary>Conditions and what to do when they all hold.</summary>
public sealed record Transaction(ImmutableArray<Condition> Conditions, ImmutableArray<Operation> Operations);

/// <summary>What a transaction compares.</summary>
public abstract record Condition(string Key)
{
    /// <summary>The key does not exist.</summary>
    public sealed record Absent(string Key) : Condition(Key);
    /// <summary>The key exists and was last changed at this revision.</summary>
    public sealed record Unchanged(string Key, long ModRevision) : Condition(Key);

    /// <summary>The key is as it was seen.</summary>
    /// <param name="modRevision">At which it was last changed; 0: it was not there.</param>
    public static Condition Same(string key, long modRevision) => modRevision == 0 ? new Absent(key) : new Unchanged(key, modRevision);
}

/// <summary>What a transaction does.</summary>
public abstract record Operation(string Key)
{
    public sealed record Put(string Key, ReadOnlyMemory<byte> Value, long Lease = 0) : Operation(Key)
    {
        public Put(string key, string text, long lease = 0) : this(key, System.Text.Encoding.UTF8.GetBytes(text), lease) { }
    }

    public sealed record Delete(string Key) : Operation(Key);
}

/// <summary>Whether the conditions held, and the store's revision afterwards.</summary>
public sealed record TransactionResult(bool Succeeded, long Revision);

/// <summary>What kind of fault a call met.</summary>
public enum CoordinationFault
{
    /// <summary>No answer, or no leader. For a write: it may or may not have been done, now or later.</summary>
    Indeterminate,
    /// <summary>No endpoint could be reached at all; nothing was done.</summary>
    Unreachable,
    /// <summary>User or password refused.</summary>
    Unauthenticated,
    /// <summary>The user may not do this.</summary>
    Forbidden,
    /// <summary>A certificate was refused, by us or by the server.</summary>
    Certificate,
    /// <summary>The lease named in the call is gone; nothing was done.</summary>
    LeaseGone,
    /// <summary>The server says that the call is wrong, or is out of space; nothing was done.</summary>
    Rejected,
}

/// <summary>A call to coordination failed. The message says where and the remedy.</summary>
public sealed class CoordinationException : Exception
{
    public CoordinationException(CoordinationFault fault, string message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;
    public CoordinationException() { }
    public CoordinationException(string message) : base(message) { }
    public CoordinationException(string message, Exception innerException) : base(message, innerException) { }
    public CoordinationFault Fault { get; }
}
