using System.Collections.Immutable;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

/// <summary>A disk that is full. Needs a small file system; its folder is named by HOLDFAST_TEST_SMALLFS.</summary>
[Trait("Speed", "Slow")]
public sealed class DiskFullTests
{
    private const string Variable = "HOLDFAST_TEST_SMALLFS";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task On_the_primary_another_member_takes_over_and_nothing_is_lost()
    {
        await using var small = new SmallDisk(Variable);
        await using var group = await StartAsync(small);
        var primary = group.Hosts[0];
        await BecomePrimaryAsync(group, primary);
        await using var writer = await RowWriter.StartAsync(group.Rows);

        await small.FillAsync();

        await WriteMuchAsync(primary);
        var taker = await group.TakenOverAsync(primary, Soon);
        await writer.GoesOnAsync(Soon);
        await primary.SaysAsync(status => status.Of(primary.Name).Fault?.Contains("full", StringComparison.Ordinal) == true, Soon, "its disk is full");

        small.Clear();
        (await group.HealthyAsync()).Primary.ShouldBe(taker.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task On_a_standby_writes_go_on_and_the_standby_comes_back_when_there_is_room()
    {
        await using var small = new SmallDisk(Variable);
        await using var group = await StartAsync(small);
        var standby = group.Hosts[0];
        var primary = group.Hosts[1];
        await BecomePrimaryAsync(group, primary);
        await using var writer = await RowWriter.StartAsync(group.Rows);

        await small.FillAsync();

        await WriteMuchAsync(primary);
        await primary.SaysAsync(status => !status.Candidates.Contains(standby.Name), Soon, "the standby is no candidate any more");
        await writer.GoesOnAsync(Soon);
        await standby.SaysAsync(status => status.Of(standby.Name).Fault?.Contains("full", StringComparison.Ordinal) == true, Soon, "its disk is full");

        small.Clear();
        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    private static Task<Group> StartAsync(SmallDisk small) => Group.StartAsync(new GroupOptions
    {
        Folders = ImmutableDictionary<int, string>.Empty.Add(1, small.Member),
        // Segments that are used again need no room: few are to be had.
        Parameters = ImmutableDictionary<string, string>.Empty.Add("min_wal_size", "32MB").Add("max_wal_size", "1GB"),
    });

    private static async Task BecomePrimaryAsync(Group group, MemberHost wanted)
    {
        if (await group.PrimaryAsync() != wanted)
        {
            var outcome = await group.RunAsync("switchover", "--to", wanted.Name, "--yes");
            outcome.ExitCode.ShouldBe(0, outcome.Output);
            await group.HealthyAsync();
        }
    }

    /// <summary>More log than a full disk takes; the server may well die of it.</summary>
    private static async Task WriteMuchAsync(MemberHost primary)
    {
        try
        {
            for (var i = 0; i < 10; i++)
            {
                await primary.AskAsync<string>("set synchronous_commit = local; select pg_logical_emit_message(true, 'test', repeat('x', 10000000))::text");
            }
        }
        catch (Npgsql.NpgsqlException)
        {
            // That is what the disk is full for.
            return;
        }
    }
}
