using Holdfast.Agent.Api;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>What the API needs of a member's backups.</summary>
public interface IBackupDesk
{
    /// <summary>Asks for a backup; refused where this member is not the primary, or one is under way.</summary>
    CommandResult Ask(BackupType type);

    /// <summary>What this member does now, for those who follow it: of no cost.</summary>
    BackupActivity Activity();

    /// <summary>Looks into the repository; what is wrong with it is in the report.</summary>
    Task<BackupReport> ReportAsync(CancellationToken cancellationToken);
}
