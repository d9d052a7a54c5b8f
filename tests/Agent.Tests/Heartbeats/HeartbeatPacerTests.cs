using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Agent.Heartbeats;

namespace Holdfast.Agent.Tests.Heartbeats;

public class HeartbeatPacerTests
{
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(600);
    private readonly ConcurrentQueue<(long Sequence, long At)> _sent = new();
    private readonly SelfScore _score = new(TimeProvider.System, SuspectAfter);

    [Fact]
    public void Sends_at_once_then_at_each_interval_with_a_rising_sequence()
    {
        using var pacer = Pacer(TimeSpan.FromMilliseconds(50), () => Fleet.Beat("a", 0));
        pacer.Start();

        Await.That(() => _sent.Count >= 6, "six heartbeats are sent");
        var sent = _sent.Take(6).ToArray();
        sent.Select(one => one.Sequence).ShouldBe([1, 2, 3, 4, 5, 6]);
        Stopwatch.GetElapsedTime(sent[0].At, sent[5].At).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(240));
    }

    [Fact]
    public void A_nudge_sends_without_waiting_for_the_interval()
    {
        using var pacer = Pacer(TimeSpan.FromMinutes(10), () => Fleet.Beat("a", 0));
        pacer.Start();
        Await.That(() => _sent.Count == 1, "the first is sent");

        pacer.Nudge();

        Await.That(() => _sent.Count == 2, "the nudged one is sent");
    }

    [Fact]
    public void A_supplier_that_holds_up_the_pacer_shows_in_the_score()
    {
        using var hold = new ManualResetEventSlim(initialState: true);
        using var pacer = Pacer(TimeSpan.FromMilliseconds(20), () =>
        {
            hold.Wait(Await.Long);
            return Fleet.Beat("a", 0);
        });
        pacer.Start();
        Await.That(() => _sent.Count >= 3, "it runs");

        hold.Reset();
        Await.That(() => !_score.IsTrustworthy(Stopwatch.GetTimestamp()), "being overdue shows while it lasts");
        var silence = _score.SilenceStartsAt(Stopwatch.GetTimestamp());
        hold.Set();
        Await.That(() => _score.IsTrustworthy(Stopwatch.GetTimestamp()), "it passes");
        _score.SilenceStartsAt(Stopwatch.GetTimestamp()).ShouldBeGreaterThanOrEqualTo(silence);
    }

    private HeartbeatPacer Pacer(TimeSpan interval, Func<Heartbeat> newest) => new(
        interval, newest, heartbeat => _sent.Enqueue((heartbeat.Sequence, Stopwatch.GetTimestamp())), _score, TimeProvider.System);
}
