using System.Collections.Immutable;
using Holdfast.Core.Backup;

namespace Holdfast.Engines.Backup;

/// <summary>What is to be restored and checked.</summary>
/// <param name="Id">Of the test; part of the names of what is made.</param>
/// <param name="Seed">Chooses the past moment.</param>
/// <param name="ToTime">Only this moment; null: the latest, and one in the past.</param>
public sealed record RestoreTestOrder(string Id, RestoreTestSpec Spec, long Seed, DateTimeOffset? ToTime = null);

/// <summary>
/// An engine whose backups can be tried. All calls may be made beside any call of <see cref="IMemberEngine"/> and <see cref="IBackupEngine"/>: they run
/// programs of their own, and touch no member. Faults are <see cref="EngineException"/>.
/// </summary>
public interface IRestoreTestEngine
{
    /// <summary>
    /// Restores into a place of its own, starts the copies apart from everything, checks them and removes them, also when it fails or is cancelled.
    /// What a check finds is in the result; an exception says that the test could not be made.
    /// </summary>
    Task<ImmutableArray<RestoredMoment>> TestRestoreAsync(RestoreTestOrder order, IProgress<BackupProgress> progress, CancellationToken cancellationToken);

    /// <summary>Removes what a former test of this member left when its agent was killed. Nothing else is touched.</summary>
    Task RemoveLeftoversAsync(RestoreTestSpec spec, CancellationToken cancellationToken);

    /// <summary>Reads the whole repository of this member's site, and compares everything in it with the checksums that were taken with it.</summary>
    Task<RepositoryScan> ScanRepositoryAsync(string id, IProgress<BackupProgress> progress, CancellationToken cancellationToken);

    /// <summary>A quick look at the place of the repository.</summary>
    /// <returns>Why nothing can be written there; null: nothing speaks against it.</returns>
    Task<string?> LookAtRepositoryAsync(CancellationToken cancellationToken);
}
