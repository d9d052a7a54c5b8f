using Holdfast.Cli.Client;

namespace Holdfast.Cli.Status;

/// <summary>What is wrong with a group's backups, as all its agents tell it.</summary>
internal static class BackupNotes
{
    /// <summary>The word of the freshest agent first; what only another sees bears that one's name.</summary>
    public static IEnumerable<string> Problems(GroupPicture picture)
    {
        var own = picture.Status.Backup?.Problems ?? [];
        return own.Concat(picture.Heard.Values
            .Where(status => status.Member != picture.Status.Member)
            .SelectMany(status => (status.Backup?.Problems ?? []).Except(own, StringComparer.Ordinal).Select(problem => $"{status.Member}: {problem}")));
    }
}
