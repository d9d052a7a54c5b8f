using System.Text.Json;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Backups;

/// <summary>A real group with an encrypted repository in its folder.</summary>
internal static class BackupGroup
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public static readonly GroupOptions Options = new()
    {
        Members = 2,
        Unprotected = "allow",
        Store =
        [
            "backup:",
            "  repositories:",
            "    disk: { site: home, directory: \"FOLDER/backup\", key: \"file:FOLDER/backup-key\" }",
            "  archive-timeout: 5m",
        ],
    };

    /// <summary>The group with an empty repository; its agents have been started, and nothing more is known.</summary>
    public static async Task<Group> BeginAsync(GroupOptions? options = null)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pgbackrest"), "pgbackrest is not installed: scripts/install-dependencies installs it");
        var group = await Group.PrepareAsync(options ?? Options);
        Directory.CreateDirectory(Repository(group));
        Group.WritePrivate(Path.Combine(group.Folder, "backup-key"), "correct horse battery staple\n");
        group.StartAgents();
        return group;
    }

    public static string Repository(Group group) => Path.Combine(group.Folder, "backup");

    public static async Task<Group> StartAsync(GroupOptions? options = null)
    {
        var group = await BeginAsync(options);
        try
        {
            await group.HealthyAsync();
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until all that was written is in the archive.</summary>
    public static async Task ArchivedAsync(Group group, MemberHost primary)
    {
        var piece = await primary.AskAsync<string>("SELECT pg_walfile_name(pg_switch_wal())");
        await Eventually.TrueAsync(
            async () => await primary.GetAsync("/v1/status") is not null
                && await primary.AskAsync<bool>($"SELECT coalesce(last_archived_wal, '') COLLATE \"C\" >= '{piece}' FROM pg_stat_archiver")
                && await WaitingAsync(group) == 0,
            Soon, () => $"{piece} is not archived:\n{File.ReadAllText(primary.ServerLog)[^4000..]}\n{group.Logs()}");
    }

    /// <summary>Waits until the status has these words in it, wherever its lines break.</summary>
    public static async Task SaysAsync(Group group, string text, TimeSpan within)
    {
        var said = "";
        await Eventually.TrueAsync(
            async () => (said = Joined((await group.RunAsync("status")).Output)).Contains(text, StringComparison.Ordinal), within,
            () => $"status does not say '{text}':\n{said}\n{group.Logs()}");
    }

    /// <summary>On one line.</summary>
    public static string Joined(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What the program says of the backups.</summary>
    public static async Task<JsonElement> ReportAsync(Group group)
    {
        var outcome = await group.RunAsync("backups", "--json");
        using var json = JsonDocument.Parse(outcome.Output[outcome.Output.IndexOf('[', StringComparison.Ordinal)..(outcome.Output.LastIndexOf(']') + 1)]);
        return json.RootElement[0].Clone();
    }

    /// <summary>The labels of backups that are told of.</summary>
    public static async Task<IEnumerable<string>> LabelsAsync(Group group) =>
        (await ReportAsync(group)).GetProperty("backups").EnumerateArray().Select(backup => backup.GetProperty("label").GetString()!);

    /// <summary>The labels of what there is in the repository, whole or not.</summary>
    public static IEnumerable<string> Kept(string repository) => Directory.EnumerateDirectories(Path.Combine(repository, "backup", "orders.home"), "2*F*")
        .Select(folder => Path.GetFileName(folder)!);

    private static async Task<int?> WaitingAsync(Group group) =>
        (await ReportAsync(group)).GetProperty("archive") is { ValueKind: JsonValueKind.Object } archive ? archive.GetProperty("waiting").GetInt32() : null;
}
