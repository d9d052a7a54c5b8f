using Holdfast.Core.Failover;

namespace Holdfast.Engines.Backup;

/// <summary>What somebody asks to be restored.</summary>
/// <param name="Value">The time, the place or the name; empty for the end of the archive.</param>
/// <param name="Backup">The backup to begin with; null: the newest that the aim allows.</param>
/// <param name="Timeline">The history to follow; null: the newest.</param>
public sealed record RestoreRequest(RestoreKind Kind, string Value, string? Backup = null, uint? Timeline = null);

/// <summary>What a restore in place would do.</summary>
/// <param name="Aim">Complete.</param>
/// <param name="EndedAt">When the backup ended with which it begins, in seconds since 1970 (UTC).</param>
/// <param name="Bytes">What it writes, without the log.</param>
public sealed record RestorePlan(RestoreAim Aim, long EndedAt, long Bytes);

/// <summary>
/// An engine whose store can be restored in its place. <see cref="PlanAsync"/> may be called beside anything; the others are calls like those of
/// <see cref="IMemberEngine"/>, for a stopped server. Faults are <see cref="EngineException"/>.
/// </summary>
public interface IRestoreEngine
{
    /// <summary>Where a restore of this epoch keeps what it replaces.</summary>
    string SetAside(long epoch);

    /// <summary>Looks whether it can be done, changes nothing.</summary>
    /// <param name="epoch">Under which it would be done.</param>
    /// <param name="above">The highest timeline number that the store has borne.</param>
    Task<RestorePlan> PlanAsync(RestoreRequest request, long epoch, uint above, CancellationToken cancellationToken);

    /// <summary>On the primary: sees that what is committed now is in the archive.</summary>
    Task ArchiveAllAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Sets the data aside, makes them anew from the backup and the archive, and takes them onto a timeline of their own with a number that was never
    /// used. Nobody can connect meanwhile, and nothing is archived. When it returns the data are those of a server that was shut down, and
    /// <see cref="EngineView.RestoredIn"/> is the epoch. Begun again after any interruption, it ends as if there had been none.
    /// </summary>
    Task RestoreInPlaceAsync(long epoch, RestoreAim aim, IProgress<JobProgress> progress, CancellationToken cancellationToken);

    /// <summary>Undoes that: what was set aside is in its place again. If nothing was, nothing is done. It may be interrupted anywhere.</summary>
    Task PutBackAsync(long epoch, CancellationToken cancellationToken);
}
