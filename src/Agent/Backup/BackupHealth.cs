using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>How backups and the archive fare, as one member sees it; part of its status.</summary>
public sealed record BackupHealth
{
    /// <summary>The repository's name in the file.</summary>
    public required string Repository { get; init; }
    /// <summary>All that is wrong, each for people; empty: nothing.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];
    /// <summary>The repository can be reached and written to from this member's host.</summary>
    public bool RepositoryOk { get; init; }
    /// <summary>At the primary; null elsewhere.</summary>
    public ArchiveStatus? Archive { get; init; }
    /// <summary>Stretches of log that are missing in the repository; null: this member has not looked.</summary>
    public int? Gaps { get; init; }
    /// <summary>When the newest backup ended, in seconds since 1970 (UTC); null: none, or this member has not looked.</summary>
    public long? LastBackupAt { get; init; }
    /// <summary>The newest backup has pages with wrong checksums; null: there is none, or this member has not looked.</summary>
    public bool? LastBackupDamaged { get; init; }
    /// <summary>When the last test restore began, and whether all its checks passed; null: none yet.</summary>
    public long? TestedAt { get; init; }
    public bool? TestOk { get; init; }
    /// <summary>When the last one ended in which they did.</summary>
    public long? TestOkAt { get; init; }
    /// <summary>How long that took until the copy took statements: what a recovery by this path really costs.</summary>
    public double? ReadySeconds { get; init; }
    /// <summary>The last success is older than declared, or the last one failed.</summary>
    public bool TestAlarm { get; init; }
}

/// <summary>Puts together what a member knows of its backups.</summary>
internal static class BackupHealthBuilder
{
    /// <summary>How the archiver fares; null: this member does not archive.</summary>
    public static ArchiveStatus? Archive(ArchiveView? archive) => archive is null ? null : new ArchiveStatus(
        archive.LastArchived, archive.FailingFor?.TotalSeconds, archive.Waiting, archive.GivenUp)
    {
        WaitingBytes = archive.WaitingBytes,
        LagSeconds = archive.OldestWaitingFor?.TotalSeconds,
        Failures = archive.Failures,
        LastError = archive.LastError,
    };

    /// <param name="seen">What was found in the repository; null: this member has not looked.</param>
    public static BackupHealth Build(RepositorySpec repository, MemberView view, RepositoryView? seen, string? fault, RestoreTestDuty? tests)
    {
        var archive = view.IAmPrimary ? Archive(view.Engine.Archive) : null;
        var alarm = tests?.Alarm(seen is { Backups: [var oldest, ..] } ? oldest.EndedAt : null);
        var place = tests?.RepositoryProblem;
        var record = tests?.Record;
        string?[] problems =
        [
            place ?? (view.IAmPrimary ? fault : null), Archiving(archive), Missing(seen?.Restorable), Damaged(seen), alarm, tests?.RecordProblem,
        ];
        return new BackupHealth
        {
            Repository = repository.Name,
            RepositoryOk = place is null,
            Problems = [.. problems.OfType<string>()],
            Archive = archive,
            Gaps = seen?.Restorable is { } known ? known.Gaps.Length + (known.IsCutOff ? 1 : 0) : null,
            LastBackupAt = seen is { Backups: [.., var newest] } ? newest.EndedAt : null,
            LastBackupDamaged = seen is { Backups: [.., var last] } ? last.IsDamaged : null,
            TestedAt = record?.Last.StartedAt,
            TestOk = record?.Last.IsOk,
            TestOkAt = record?.LastOkAt,
            ReadySeconds = record?.LastOkSeconds,
            TestAlarm = alarm is not null,
        };
    }

    private static string? Archiving(ArchiveStatus? archive) => archive switch
    {
        { FailingSeconds: { } seconds } => string.Create(
            CultureInfo.InvariantCulture,
            $"archiving has failed for {seconds:0} s: {archive.Waiting} pieces of log wait ({archive.WaitingBytes >> 20} MiB, the oldest for " +
            $"{archive.LagSeconds ?? 0:0} s){(archive.LastError is { } error ? $"; {error}" : "")}"),
        { GivenUp: { } lost } => $"log was given up because too much waited, up to {lost}: take a backup, for from there on to it nothing can be restored",
        _ => null,
    };

    private static string? Damaged(RepositoryView? seen) => seen is { Backups: [.., { IsDamaged: true } newest] }
        ? $"the newest backup, {newest.Label}, has damaged pages; older ones are kept until there is a good one: see 'A page is corrupted' in the runbook"
        : null;

    private static string? Missing(Restorable? restorable) => restorable switch
    {
        { IsCutOff: true } => "log is missing after the newest backup: nothing later can be restored; take another: holdfast backup",
        { Gaps: [var gap, ..] } => string.Create(
            CultureInfo.InvariantCulture,
            $"log is missing in the repository: {restorable.Gaps.Sum(one => one.Pieces)} pieces in {restorable.Gaps.Length} gaps, the first from {gap.First}"),
        _ => null,
    };
}
