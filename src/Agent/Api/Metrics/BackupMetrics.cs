namespace Holdfast.Agent.Api.Metrics;

/// <summary>Backups, the archive and test restores as this member knows them; a store without a repository has none of these.</summary>
internal static class BackupMetrics
{
    public static void Write(PrometheusWriter writer, GroupStatus status, string member)
    {
        if (status.Backup is not { } backup)
        {
            return;
        }

        var who = PrometheusWriter.Labels(("system", status.System), ("store", status.Store), ("site", status.Site), ("member", member));
        Optional("holdfast_repository_ok", "The backup repository can be reached and written to from this host.", backup.RepositoryOk ? 1 : 0);
        Optional("holdfast_archive_failing", "Archiving of log fails.", Flag(backup.Archive is { } archive ? archive.FailingSeconds is not null : null));
        Optional("holdfast_archive_waiting_pieces", "Complete pieces of log that wait to be archived.", backup.Archive?.Waiting);
        Optional("holdfast_archive_lag_bytes", "The same, in bytes.", backup.Archive?.WaitingBytes);
        Optional("holdfast_archive_lag_seconds", "How long the oldest of them has waited.", backup.Archive is { } lag ? lag.LagSeconds ?? 0 : null);
        Optional("holdfast_archive_failures", "Attempts to archive that failed since the server's statistics began.", backup.Archive?.Failures);
        Optional("holdfast_archive_gaps", "Stretches of log that are missing in the repository.", backup.Gaps);
        Optional("holdfast_backup_last_timestamp_seconds", "When the newest backup ended.", backup.LastBackupAt);
        Optional("holdfast_backup_damaged", "The newest backup has pages with wrong checksums.", Flag(backup.LastBackupDamaged));
        Optional("holdfast_test_restore_ok", "All checks of the last test restore passed.", Flag(backup.TestOk));
        Optional("holdfast_test_restore_last_timestamp_seconds", "When the last test restore began.", backup.TestedAt);
        Optional("holdfast_test_restore_success_timestamp_seconds", "When the last one ended in which all checks passed.", backup.TestOkAt);
        Optional("holdfast_test_restore_ready_seconds", "How long that one took until the copy took statements.", backup.ReadySeconds);
        Optional("holdfast_test_restore_alarm", "The last one failed, or the last success is older than declared.", backup.TestAlarm ? 1 : 0);

        void Optional(string name, string help, double? value)
        {
            writer.Family(name, "gauge", help);
            if (value is { } sample)
            {
                writer.Sample(name, who, sample);
            }
        }
    }

    private static double? Flag(bool? value) => value switch { true => 1, false => 0, null => null };
}
