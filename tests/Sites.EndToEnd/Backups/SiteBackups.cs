using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Backups;

/// <summary>What tests of backups do with a cluster of sites.</summary>
internal static class SiteBackups
{
    /// <summary>Asks a server for the time by its clock, as the program takes it.</summary>
    public const string Clock = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || 'Z'";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Takes a full backup, as soon as one can be taken.</summary>
    public static Task TakeAsync(SiteCluster cluster) => Eventually.TrueAsync(
        async () => (await cluster.RunAsync("backup", "--type", "full")).ExitCode == 0, Limit, () => cluster.Fail("no backup is taken"));

    /// <summary>Until all that the primary has written so far is in the repository.</summary>
    public static async Task ArchivedAsync(SiteCluster cluster, MemberHost primary)
    {
        var piece = await primary.AskAsync<string>("SELECT pg_walfile_name(pg_switch_wal())");
        await Eventually.TrueAsync(
            async () => await primary.AskAsync<bool>($"SELECT coalesce(last_archived_wal, '') COLLATE \"C\" >= '{piece}' FROM pg_stat_archiver"),
            Limit, () => cluster.Fail($"{piece} is not archived"));
    }
}
