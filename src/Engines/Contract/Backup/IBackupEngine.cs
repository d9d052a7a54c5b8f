using System.Collections.Immutable;
using Holdfast.Core.Backup;

namespace Holdfast.Engines.Backup;

/// <summary>What a repository says of itself.</summary>
/// <param name="Problem">Why nothing can be said of what is in it, or what is wrong with it; null: nothing.</param>
/// <param name="Exists">Holdfast's part of it has been made. Null: that cannot be told.</param>
/// <param name="Backups">Oldest first.</param>
/// <param name="Restorable">Null: it cannot be read.</param>
public sealed record RepositoryView(string? Problem, bool? Exists, ImmutableArray<BackupSet> Backups, Restorable? Restorable);

/// <summary>How far a backup or a restore is.</summary>
/// <param name="Percent">Of the files; null: not copying yet, or any more.</param>
/// <param name="Phase">A short phrase for people.</param>
public sealed record BackupProgress(double? Percent, string Phase);

/// <summary>
/// An engine that can be backed up. All calls may be made beside any call of <see cref="IMemberEngine"/>: they run programs of their own. Faults
/// are <see cref="EngineException"/>.
/// </summary>
public interface IBackupEngine
{
    /// <summary>
    /// Lets this member's server archive into the repository of its site, up to this timeline; null: not at all. It is allowed only while the record
    /// names this member and knows its timeline: two members whose promotions bear the same number must not both write.
    /// </summary>
    void AllowArchiving(uint? timeline);

    /// <summary>Ends a backup that an agent before this one left at work when it was killed: two at a time get into each other's way.</summary>
    /// <returns>There was one.</returns>
    Task<bool> EndLeftBackupAsync(CancellationToken cancellationToken);

    /// <summary>On the primary: makes this store's part of the repository, or finds that it is there and is this store's.</summary>
    Task CreateRepositoryAsync(CancellationToken cancellationToken);

    /// <summary>What is in the repository of this member's site. Any member can look. What is wrong is in the answer.</summary>
    Task<RepositoryView> ReadRepositoryAsync(CancellationToken cancellationToken);

    /// <summary>
    /// On the primary: takes a backup, and then lets go as <see cref="LetGoAsync"/> does. Ended by cancellation, it leaves what the next can build on.
    /// </summary>
    /// <returns>Its label.</returns>
    Task<string> TakeBackupAsync(BackupType type, IProgress<BackupProgress> progress, CancellationToken cancellationToken);

    /// <summary>
    /// On the primary: lets go of what the declared retention no longer keeps (<see cref="Retention"/>), and forgets what log was given up, if backups
    /// begin after it.
    /// </summary>
    Task LetGoAsync(CancellationToken cancellationToken);
}
