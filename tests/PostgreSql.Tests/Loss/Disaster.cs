using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Loss;
using Holdfast.Engines.PostgreSql;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

/// <summary>
/// Two sites with a member each: a is the active primary, b follows from the other site. What is committed at a after <see cref="CutAsync"/> is
/// lost when the site is.
/// </summary>
internal sealed class Disaster : IAsyncDisposable
{
    private Disaster(TestGroup group) => Group = group;

    public TestGroup Group { get; }
    public PostgreSqlEngine Old => Group["a"];
    public PostgreSqlEngine New => Group["b"];
    public LogPosition Fork { get; private set; }

    /// <param name="before">Runs on the primary before anything is kept decodable.</param>
    public static async Task<Disaster> StartAsync(
        Func<TestGroup, Task> before, Func<PostgreSqlSpec, PostgreSqlSpec>? configure = null, bool keepDecodable = true, string? root = null)
    {
        var group = new TestGroup(2, configure, root, remote: "b");
        try
        {
            await group.StartPrimaryAsync("a");
            await before(group);
            await group.AddStandbyAsync("b", "a");
            var disaster = new Disaster(group);
            if (keepDecodable)
            {
                await disaster.KeepDecodableAsync();
            }

            return disaster;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the agent does: never beyond what the other site has for sure.</summary>
    public async Task KeepDecodableAsync()
    {
        var confirmed = (await Group.Eventually(Old, view => view.Standbys is [{ Streaming: true }])).Standbys[0].Flushed;
        await Old.KeepDecodableAsync(confirmed, Group.Token);
    }

    public async Task AwaitArrivalAsync()
    {
        var lsn = Lsn.Parse((await Group.AskAsync("a", "SELECT pg_current_wal_flush_lsn()::text"))!);
        await Group.Eventually(Old, view => view.Standbys is [var standby] && standby.Flushed >= lsn);
    }

    /// <summary>The link is cut: from now on nothing of a reaches b.</summary>
    public Task CutAsync() => New.DetachAsync(Group.Token);

    /// <summary>The active site is lost at once, and the other takes over.</summary>
    public async Task StrikeAsync()
    {
        await TestGroup.RunAsync("kill", "-9", Group.PostmasterPid("a").ToString());
        await Old.StopAsync(StopMode.Immediate, Group.Token);
        await New.SetSyncAsync(SyncRule.None, Group.Token);
        await New.PromoteAsync(Group.Token);
        var view = await Group.Eventually(New, seen => seen.Role == MemberRole.Primary && !seen.History.IsEmpty);
        Fork = new LogPosition(1, view.History[^1].Fork);
    }

    /// <summary>The old primary comes back as the rules have it: detached at first, then stopped, then salvaged and listed.</summary>
    public async Task<(LossReport Report, List<(LostTransaction Transaction, List<LostChange> Changes)> Lost)> ReturnAsync(
        Lsn? acknowledgedUpTo = null)
    {
        await Old.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true), Group.Token);
        await Group.Eventually(Old, view => view.Position is not null);
        await Old.StopAsync(StopMode.Fast, Group.Token);
        var report = await DecodeAsync(acknowledgedUpTo);
        return (report, Read(report));
    }

    public async Task<LossReport> DecodeAsync(Lsn? acknowledgedUpTo = null)
    {
        var salvaged = await Old.SalvageAsync(Fork, Group.Token);
        return (await Old.DecodeLossAsync(salvaged, acknowledgedUpTo, TestGroup.NoProgress, Group.Token)).ShouldNotBeNull();
    }

    public List<(LostTransaction Transaction, List<LostChange> Changes)> Read(LossReport report)
    {
        using var stream = Old.OpenLoss(report.Id).ShouldNotBeNull();
        using var reader = new StreamReader(stream);
        var transactions = new List<(LostTransaction Transaction, List<LostChange> Changes)>();
        while (reader.ReadLine() is { } text)
        {
            var line = JsonSerializer.Deserialize(text, LossJson.Plain.LossLine)!;
            if (line.Transaction is { } transaction)
            {
                transactions.Add((transaction, []));
            }
            else
            {
                transactions[^1].Changes.Add(line.Change!);
            }
        }

        return transactions;
    }

    public async ValueTask DisposeAsync() => await Group.DisposeAsync();
}
