using System.Collections.Immutable;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>A backup that runs.</summary>
/// <param name="Id">Of the request; null: the schedule began it.</param>
/// <param name="Percent">Null: not copying yet, or any more.</param>
public sealed record RunningBackup(string? Id, BackupType Type, double Seconds, double? Percent, string Phase);

/// <summary>How the last one ended that this agent has taken.</summary>
/// <param name="Label">Null: it failed.</param>
public sealed record EndedBackup(string? Id, BackupType Type, string? Label, string Message);

/// <summary>What one agent does about backups, without a look into the repository; the body of <c>GET /v1/backups/running</c>.</summary>
/// <param name="Running">Null: it takes none now.</param>
/// <param name="Last">Null: it has taken none.</param>
public sealed record BackupActivity(RunningBackup? Running, EndedBackup? Last);

/// <summary>How the server's archiver fares; at the primary only.</summary>
/// <param name="LastPiece">The last piece of log that was archived.</param>
/// <param name="FailingSeconds">Null: it does not fail.</param>
/// <param name="Waiting">Pieces that wait.</param>
/// <param name="GivenUp">The last piece that was given up because too many waited: from there on to the next backup nothing can be restored.</param>
public sealed record ArchiveStatus(string? LastPiece, double? FailingSeconds, int Waiting, string? GivenUp)
{
    public long WaitingBytes { get; init; }
    /// <summary>How long the oldest of them has waited; null: none waits.</summary>
    public double? LagSeconds { get; init; }
    /// <summary>Attempts that failed since the server's statistics began.</summary>
    public long Failures { get; init; }
    /// <summary>What the last failure said; null: the last attempt succeeded.</summary>
    public string? LastError { get; init; }
}

/// <summary>Backups of one store at one site; the body of <c>GET /v1/backups</c>.</summary>
public sealed record BackupReport
{
    public required string Store { get; init; }
    public required string Site { get; init; }
    /// <summary>Who says this.</summary>
    public required string Member { get; init; }
    /// <summary>The repository's name in the file.</summary>
    public required string Repository { get; init; }
    /// <summary>Its directory, or its bucket, for people.</summary>
    public required string Place { get; init; }
    public bool Encrypted { get; init; }
    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? Problem { get; init; }
    /// <summary>Oldest first.</summary>
    public ImmutableArray<BackupSet> Backups { get; init; } = [];
    /// <summary>Null: not known.</summary>
    public Restorable? Restorable { get; init; }
    /// <summary>Of this member. Only the primary takes backups.</summary>
    public RunningBackup? Running { get; init; }
    public EndedBackup? Last { get; init; }
    /// <summary>What the schedule waits for; null: this member does not take backups now.</summary>
    public string? Schedule { get; init; }
    public ArchiveStatus? Archive { get; init; }
    /// <summary>The last test restore of the group; null: none yet.</summary>
    public RestoreTestRecord? Tested { get; init; }
    /// <summary>The last scan of the repository; null: none yet.</summary>
    public RepositoryScan? Scan { get; init; }
}
