using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.PostgreSql.Tests.Harness;
using Npgsql;

namespace Holdfast.PostgreSql.Tests.Server;

/// <summary>
/// On a small file system, which the environment variable HOLDFAST_TEST_SMALLFS names: 200 to 600 MiB, writable for the tests.
/// </summary>
public class DiskFullTests
{
    private const string Variable = "HOLDFAST_TEST_SMALLFS";

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_full_disk_ends_the_server_with_a_remedy_and_room_lets_it_start_again()
    {
        var small = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(small), $"{Variable} does not name a small file system; ./test mounts one when it runs as root");
        await using var group = new TestGroup(1, root: Path.Combine(small!, "hf"));
        var a = await group.StartPrimaryAsync("a");
        await group.ExecuteAsync("a", "CREATE TABLE t (n text)");
        var ballast = Path.Combine(group.Root, "ballast");
        await Fill(ballast);
        (await group.Eventually(a, seen => seen.Fault is not null)).Fault.ShouldNotBeNull().ShouldContain("is full");
        await Should.ThrowAsync<NpgsqlException>(async () =>
        {
            while (!group.Token.IsCancellationRequested)
            {
                await group.ExecuteAsync("a", "SELECT pg_logical_emit_message(true, 'fill', repeat('x', 4000000))");
            }
        });
        var view = await group.Eventually(a, seen => seen.Process == ProcessState.Stopped && seen.Fault is not null);
        view.Fault.ShouldNotBeNull().ShouldContain("is full");
        File.Delete(ballast);
        await a.StartAsync(new StartSpec(MemberRole.Primary, SyncRule.None, true), group.Token);
        (await group.Eventually(a, seen => seen.Process == ProcessState.Running)).Fault.ShouldBeNull();
    }

    private static async Task Fill(string path)
    {
        await using var stream = File.Create(path);
        var block = new byte[1 << 20];
        try
        {
            while (new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace > 4 << 20)
            {
                await stream.WriteAsync(block);
                await stream.FlushAsync();
            }
        }
        catch (IOException)
        {
            // As full as it gets.
        }
    }
}
