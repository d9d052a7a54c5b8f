using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Failover;

/// <summary>R7: evidence from two directions, another party's word, and never from an agent that is late itself. The limit is 600 ms.</summary>
public sealed class SuspicionTests
{
    private const int Never = -1;

    [Theory]
    // agent silent, server silent, presence silent, peers agree, on time, announced → suspects, confirmed
    [InlineData(100, 5000, 5000, 2, true, false, false, false)]
    [InlineData(599, 5000, 5000, 2, true, false, false, false)]
    [InlineData(600, 599, 5000, 2, true, false, false, false)]
    [InlineData(600, 600, 0, 0, true, false, true, false)]
    [InlineData(600, 600, 599, 0, true, false, true, false)]
    [InlineData(600, 600, 600, 0, true, false, true, true)]
    [InlineData(600, 600, 0, 1, true, false, true, true)]
    // Coordination cannot be asked: another member's word is what is left.
    [InlineData(900, 900, Never, 0, true, false, true, false)]
    [InlineData(900, 900, Never, 1, true, false, true, true)]
    // Late itself: it accuses nobody, whoever agrees.
    [InlineData(9000, 9000, 9000, 3, false, false, false, false)]
    // While an agent restarts its server alone speaks for the primary, and both are given twice as long: an announcement must not hide a crash.
    [InlineData(9000, 1199, 9000, 2, true, true, false, false)]
    [InlineData(1199, 9000, 9000, 2, true, true, false, false)]
    [InlineData(1200, 1200, 9000, 2, true, true, true, true)]
    public void Suspicion_is_judged(int agent, int server, int presence, int agreeing, bool onTime, bool announced, bool suspects, bool confirmed)
    {
        var verdict = SuspicionJudge.Judge(new SuspicionEvidence
        {
            SuspectAfter = TimeSpan.FromMilliseconds(600),
            HeartbeatSilence = TimeSpan.FromMilliseconds(agent),
            LogSilence = TimeSpan.FromMilliseconds(server),
            PresenceSilence = presence == Never ? null : TimeSpan.FromMilliseconds(presence),
            AgreeingPeers = agreeing,
            Trustworthy = onTime,
            AnnouncedRestart = announced,
        });
        (verdict.Suspects, verdict.Confirmed).ShouldBe((suspects, confirmed), verdict.Reason);
        verdict.Reason.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void The_reason_gives_the_figures() =>
        SuspicionJudge.Judge(new SuspicionEvidence
        {
            SuspectAfter = TimeSpan.FromMilliseconds(600),
            HeartbeatSilence = TimeSpan.FromMilliseconds(700),
            LogSilence = TimeSpan.FromMilliseconds(650),
            AgreeingPeers = 1,
            Trustworthy = true,
        }).Reason.ShouldBe("agent silent for 700 ms, server for 650 ms; 1 other member(s) agree");
}
