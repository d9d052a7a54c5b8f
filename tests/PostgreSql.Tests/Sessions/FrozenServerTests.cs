using System.Globalization;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Sessions;

/// <summary>A frozen server takes connections and answers nothing, neither a command nor the request to cancel it.</summary>
public class FrozenServerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(300);
    /// <summary>The driver would wait for five seconds and more.</summary>
    private static readonly TimeSpan Heeded = TimeSpan.FromSeconds(3);

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_deadline_is_heeded_by_who_asks_another_member_and_by_its_own_agent()
    {
        await using var group = await TestGroup.StartedAsync(2);
        (await group["b"].ProbePeerAsync("a", group.Token)).ShouldBeTrue();
        string[] processes = [.. PostgresProcesses.ServerProcesses(group.Spec("a").Data).Select(pid => pid.ToString(CultureInfo.InvariantCulture))];
        await TestGroup.RunAsync("kill", ["-STOP", .. processes]);
        try
        {
            (await TakesAsync(async token => (await group["b"].ProbePeerAsync("a", token)).ShouldBeFalse())).ShouldBeLessThan(Heeded);
            (await TakesAsync(token => Should.ThrowAsync<Exception>(() => group["a"].ProbeCommitAsync(token)))).ShouldBeLessThan(Heeded);
        }
        finally
        {
            await TestGroup.RunAsync("kill", ["-CONT", .. processes]);
        }

        (await group["b"].ProbePeerAsync("a", group.Token)).ShouldBeTrue();
        await group["a"].ProbeCommitAsync(group.Token);
    }

    /// <summary>How long it takes until it has ended and the deadline's own resources are free: that waits for what the deadline set off.</summary>
    private static async Task<TimeSpan> TakesAsync(Func<CancellationToken, Task> ask)
    {
        var start = TimeProvider.System.GetTimestamp();
        using (var clock = new CancellationTokenSource(Deadline))
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(clock.Token))
        {
            await ask(limit.Token);
            // Away from the thread that the deadline has come on.
            await Task.Yield();
        }

        return TimeProvider.System.GetElapsedTime(start);
    }
}
