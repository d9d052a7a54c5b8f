using System.Diagnostics;
using Holdfast.Agent.Heartbeats;

namespace Holdfast.Agent.Tests.Heartbeats;

/// <summary>Runs alone, for it starves every other test of this process as well.</summary>
[CollectionDefinition(nameof(StarvedPoolTests), DisableParallelization = true)]
[Collection(nameof(StarvedPoolTests))]
public class StarvedPoolTests
{
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(600);

    [Fact, Trait("Speed", "Slow")]
    public void A_starved_thread_pool_delays_neither_sending_nor_hearing()
    {
        var system = Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort())]);
        using var a = Fleet.Link(system, "a");
        using var b = Fleet.Link(system, "b");
        var score = new SelfScore(TimeProvider.System, SuspectAfter);
        using var pacer = new HeartbeatPacer(
            TimeSpan.FromMilliseconds(50), () => Fleet.Beat("a", 0), a.Send, score, TimeProvider.System);
        pacer.Start();
        using var release = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out var workers, out _);
        var blockers = Enumerable.Range(0, workers * 20).Select(_ => Task.Run(() => release.Wait(Await.Long))).ToArray();
        var starved = Task.Run(() => { });
        try
        {
            var worst = TimeSpan.Zero;
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(1.5))
            {
                var heard = b.Latest("a")?.ReceivedAt;
                Await.That(() => b.Latest("a")?.ReceivedAt != heard, "the next heartbeat is heard");
                var gap = Stopwatch.GetElapsedTime(heard ?? begun, b.Latest("a")!.ReceivedAt);
                worst = gap > worst ? gap : worst;
            }

            starved.IsCompleted.ShouldBeFalse("the pool must be starved for this test to mean anything");
            worst.ShouldBeLessThan(SuspectAfter);
        }
        finally
        {
            release.Set();
            Await.That(() => blockers.All(blocker => blocker.IsCompleted), "the pool is free again");
        }
    }
}
