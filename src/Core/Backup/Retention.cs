namespace Holdfast.Core.Backup;

/// <summary>How much of what is in a repository the declared retention keeps. Pure.</summary>
public static class Retention
{
    private const long SecondsPerDay = 86_400;

    /// <summary>
    /// How many full backups to keep, the newest first. Only those without damaged pages count, so whatever is let go, as many good ones as were declared are
    /// there still. Nothing is let go while the newest backup is damaged: whoever finds out what happened may need any of them.
    /// </summary>
    /// <param name="backups">What is in the repository, in any order.</param>
    /// <param name="now">In seconds since 1970 (UTC).</param>
    public static int FullsToKeep(RepositorySpec repository, IEnumerable<BackupSet> backups, long now)
    {
        var newestFirst = backups.OrderByDescending(backup => backup.EndedAt).ToList();
        var fulls = newestFirst.Where(backup => backup.Type == BackupType.Full).ToList();
        if (newestFirst is [{ IsDamaged: true }, ..])
        {
            return fulls.Count;
        }

        var good = 0;
        for (var index = 0; index < fulls.Count; index++)
        {
            good += fulls[index].IsDamaged ? 0 : 1;
            if (!fulls[index].IsDamaged
                && (repository.KeepDays is { } days ? fulls[index].EndedAt <= now - (days * SecondsPerDay) : good == repository.KeepFull))
            {
                return index + 1;
            }
        }

        return fulls.Count;
    }
}
