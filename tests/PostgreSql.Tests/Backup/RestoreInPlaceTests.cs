using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>The steps of a restore in place as far as the log goes: nothing that can be brought back is left out, and nothing is taken for its own.</summary>
[Trait("Speed", "Slow")]
public sealed class RestoreInPlaceTests
{
    private const string Rows = "SELECT string_agg(n::text, ',' ORDER BY n) FROM told";
    private static readonly StartSpec Serving = new(MemberRole.Primary, SyncRule.None, true);

    [Theory]
    [InlineData(StopMode.Fast)]
    [InlineData(StopMode.Immediate)]
    public async Task What_was_committed_after_the_archive_was_seen_to_is_in_it_and_the_archive_has_no_hole(StopMode stop)
    {
        await using var group = await BegunAsync();
        var a = group["a"];
        var aim = (await a.PlanAsync(new RestoreTarget.Latest().From(), epoch: 2, above: 1, group.Token)).Aim;
        // As when the record says that the store is restored.
        a.AllowArchiving(null);
        await group.ExecuteAsync("a", "INSERT INTO told VALUES (2)");
        await group.AskAsync("a", "SELECT pg_switch_wal()::text");
        await group.ExecuteAsync("a", "INSERT INTO told VALUES (3)");
        await a.StopAsync(stop, group.Token);

        await a.RestoreInPlaceAsync(2, aim, TestGroup.NoProgress, group.Token);

        await StartAsync(group);
        (await group.AskAsync("a", Rows)).ShouldBe("1,2,3");
        a.AllowArchiving(2);
        await OneRepository.SwitchAsync(group, "a");
        var seen = (await a.ReadRepositoryAsync(group.Token)).Restorable!;
        (seen.Gaps.Length, seen.IsCutOff).ShouldBe((0, false));
        seen.Windows.ShouldHaveSingleItem().Timeline.ShouldBe(2U);
        File.Exists(Path.Combine(a.SetAside(2), "PG_VERSION")).ShouldBeTrue();
        await Should.ThrowAsync<EngineException>(() => a.PlanAsync(new RestoreTarget.Latest().From(), epoch: 2, above: 2, group.Token));
        (await a.PlanAsync(new RestoreTarget.Latest().From(), epoch: 3, above: 2, group.Token)).Aim.Timeline.ShouldBe(2U);
    }

    [Fact]
    public async Task Log_that_is_missing_or_cannot_be_read_is_never_taken_for_the_end_of_it()
    {
        await using var group = await BegunAsync();
        var a = group["a"];
        var pieces = new List<string>();
        for (var row = 2; row <= 4; row++)
        {
            await group.ExecuteAsync("a", $"INSERT INTO told VALUES ({row})");
            pieces.Add(OneRepository.Stored(group, await OneRepository.SwitchAsync(group, "a")).Single());
        }

        var request = new RestoreTarget.Latest().From();
        var aim = (await a.PlanAsync(request, epoch: 2, above: 1, group.Token)).Aim;

        // Missing, it is refused before anything is done, wherever to it goes.
        var away = Path.Combine(group.Root, "away");
        File.Move(pieces[1], away);
        var refused = await Should.ThrowAsync<EngineException>(() => a.PlanAsync(request, epoch: 2, above: 1, group.Token));
        refused.Message.ShouldContain("log is missing in the repository, so from backup");
        var into = Path.Combine(group.Root, "copy");
        var copy = await Should.ThrowAsync<EngineException>(
            () => new PointInTimeRestore(group.Store, "here", into).RunAsync(request, new Unheard(), group.Token));
        copy.Message.ShouldBe(refused.Message);
        Directory.Exists(into).ShouldBeFalse();
        await a.StopAsync(StopMode.Fast, group.Token);
        (await Should.ThrowAsync<EngineException>(() => a.RestoreInPlaceAsync(2, aim, TestGroup.NoProgress, group.Token))).Message.ShouldBe(refused.Message);
        await a.PutBackAsync(2, group.Token);
        File.Move(away, pieces[1]);

        // What is there and cannot be read ends the recovery, and the store is as it was.
        var bytes = File.ReadAllBytes(pieces[1]);
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(pieces[1], bytes);
        var failed = await Should.ThrowAsync<EngineException>(() => a.RestoreInPlaceAsync(2, aim, TestGroup.NoProgress, group.Token));
        failed.Message.ShouldStartWith("the log does not lead up to the end of the archive");
        await a.PutBackAsync(2, group.Token);
        Path.Exists(a.SetAside(2)).ShouldBeFalse();
        await StartAsync(group);
        (await group.AskAsync("a", Rows)).ShouldBe("1,2,3,4");
    }

    [Fact]
    public async Task What_an_earlier_restore_of_the_same_number_has_left_is_neither_its_own_nor_put_back()
    {
        await using var group = await BegunAsync();
        var a = group["a"];
        var layout = new Layout(group.Spec("a"));
        var request = new RestoreTarget.Latest().From();
        var aim = (await a.PlanAsync(request, epoch: 2, above: 1, group.Token)).Aim;
        Directory.CreateDirectory(layout.Tablespaces(2));
        (await Should.ThrowAsync<EngineException>(() => a.PlanAsync(request, epoch: 2, above: 1, group.Token))).Message.ShouldContain(layout.Tablespaces(2));
        Directory.Delete(layout.Tablespaces(2));
        var foreign = Directory.CreateDirectory(a.SetAside(2)).FullName;
        File.WriteAllText(Path.Combine(foreign, "keep"), "");

        var refused = await Should.ThrowAsync<EngineException>(() => a.PlanAsync(request, epoch: 2, above: 1, group.Token));

        refused.Message.ShouldContain($"{foreign} is there already");
        await a.StopAsync(StopMode.Fast, group.Token);
        await Should.ThrowAsync<EngineException>(() => a.RestoreInPlaceAsync(2, aim, TestGroup.NoProgress, group.Token));
        await a.PutBackAsync(2, group.Token);
        File.Exists(Path.Combine(foreign, "keep")).ShouldBeTrue();
        (await a.ObserveAsync(group.Token)).Data.ShouldBe(DataState.Present);
        await StartAsync(group);
        (await group.AskAsync("a", Rows)).ShouldBe("1");
    }

    [Fact]
    public async Task A_history_that_is_not_the_beginning_of_the_newest_one_is_told()
    {
        const string Newest = "1\t0/1000\tx\n2\t0/3000\tx\n";
        var listing = new ArchiveListing([], ImmutableSortedDictionary<uint, string>.Empty.Add(2, "2").Add(3, "3"));
        foreach (var (older, isWell) in new[] { ("1\t0/1000\ty\n", true), ("1\t0/2000\tx\n", false) })
        {
            Task<string> Run(IEnumerable<string> arguments) => Task.FromResult(arguments.Last() == "archive/3" ? Newest : older);
            var histories = await RepositoryReader.HistoryAsync(Run, "archive", listing, 3);
            Task Check() => RepositoryReader.RequireAncestryAsync(Run, "archive", listing, histories);
            if (isWell)
            {
                await Check();
            }
            else
            {
                (await Should.ThrowAsync<EngineException>(Check)).Message.ShouldStartWith("timeline 3 did not come from the timeline 2");
            }
        }
    }

    /// <summary>A backup, and a row after it that is in the archive.</summary>
    private static async Task<TestGroup> BegunAsync()
    {
        var group = await OneRepository.StartedAsync();
        try
        {
            await group.ExecuteAsync("a", "CREATE TABLE told (n int)");
            await group["a"].TakeAsync(group);
            await group.ExecuteAsync("a", "INSERT INTO told VALUES (1)");
            await OneRepository.SwitchAsync(group, "a");
            return group;
        }
        catch
        {
            await group.DisposeAsync();
            throw;
        }
    }

    private static async Task StartAsync(TestGroup group)
    {
        await group["a"].StartAsync(Serving, group.Token);
        await group.Eventually(group["a"], view => view is { Process: ProcessState.Running, Role: MemberRole.Primary }, seconds: 60);
    }
}
