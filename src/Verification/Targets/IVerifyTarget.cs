using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Rows;

namespace Holdfast.Verification.Targets;

/// <summary>
/// One member of a store, as a comparison asks it. Every call reads and changes nothing, is short, and may be made concurrently.
/// What the engine can mend by asking again (a cancelled read on a standby, a lost session) it mends itself.
/// </summary>
/// <remarks>Each call throws <see cref="VerifyException"/>, whose kind says what that means for the comparison.</remarks>
public interface IVerifyTarget : IAsyncDisposable
{
    /// <summary>The member's name.</summary>
    string Member { get; }

    Task<MemberLook> LookAsync(CancellationToken cancellationToken);

    /// <summary>Waits until the member shows everything up to a position of the log, or until the limit.</summary>
    /// <returns>How far it is; less than <paramref name="position"/> when it did not get there in time.</returns>
    Task<MemberLook> WaitAsync(ulong position, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Makes a primary send the last bytes of its log soon, which it otherwise keeps back while nothing is committed.</summary>
    Task PushLogAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Waits until no transaction below <paramref name="horizon"/> is committed in the log but not yet visible here, as one is that waits
    /// for a standby's acknowledgement: standbys show it before its own primary does.
    /// </summary>
    /// <returns>False: one was still waiting when the limit came.</returns>
    Task<bool> SettledAsync(ulong horizon, TimeSpan limit, CancellationToken cancellationToken);

    Task<DatabaseInventory> InventoryAsync(string database, CancellationToken cancellationToken);

    Task<ImmutableArray<SequenceState>> SequencesAsync(string database, ImmutableArray<RelationName> names, CancellationToken cancellationToken);

    /// <summary>The digest of all rows of a chunk.</summary>
    Task<ChunkDigest> DigestAsync(ChunkRequest chunk, CancellationToken cancellationToken);

    /// <summary>The same, apart for each bucket of the rows' keys; buckets without rows are left out.</summary>
    Task<ImmutableArray<BucketDigest>> BucketsAsync(ChunkRequest chunk, CancellationToken cancellationToken);

    /// <summary>The rows of some buckets of a chunk, at most <paramref name="limit"/>.</summary>
    Task<RowList> RowsAsync(ChunkRequest chunk, ImmutableArray<int> buckets, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Cuts a chunk of about so many rows: a range of the key, or, where keys have no order, a list of keys; each row that is there all the while is in one
    /// of the chunks, and may be in two.
    /// </summary>
    /// <param name="after">Where the chunk before ended, as it was told with that; empty: the first.</param>
    Task<TablePart> NextPartAsync(TableRef table, ImmutableArray<string> after, int rows, CancellationToken cancellationToken);

    /// <summary>Which of these rows are not there: their places in the list.</summary>
    Task<ImmutableArray<int>> AbsentAsync(TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken);

    /// <summary>Looks rows up by their keys, again and again for a while, and returns each state that was seen.</summary>
    /// <param name="lasting">Zero: once.</param>
    Task<KeyLook> KeysAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, TimeSpan lasting, CancellationToken cancellationToken);

    /// <summary>A hash of each column of rows, to say which columns differ. Null for a row that is not there.</summary>
    Task<ImmutableArray<ImmutableArray<long>?>> ColumnsAsync(
        TableRef table, ImmutableArray<ImmutableArray<string>> keys, CancellationToken cancellationToken);
}

/// <param name="System">Identifies the body of data; the same on all members of one store.</param>
/// <param name="Version">The engine's version as a number that compares.</param>
/// <param name="Follows">It takes its changes from another member (a standby); false: it takes writes.</param>
/// <param name="Shown">Everything up to here can be seen.</param>
/// <param name="Reached">Nothing beyond here can be seen.</param>
/// <param name="Databases">Those that can be compared, sorted.</param>
public sealed record MemberLook(
    string System, int Version, bool Follows, ulong Shown, ulong Reached, ImmutableArray<string> Databases);
