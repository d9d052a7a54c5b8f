using System.Collections.Immutable;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Sites;

public sealed class LinkJudgeTests
{
    private const long Mebi = 1 << 20;
    private static readonly TimeSpan Heard = TimeSpan.FromMilliseconds(600);

    private static readonly StoreSpec Store = new()
    {
        Name = "orders",
        Kind = "postgresql",
        Members = ImmutableSortedDictionary<string, MemberSpec>.Empty,
        Engine = new NoEngine(),
        SiteLoss = new ObjectiveSpec(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)),
        Link = new SiteLinkSpec { QueueBound = 100 * Mebi },
    };

    private static readonly LinkFacts Well = new()
    {
        To = "b1",
        Connected = true,
        Streaming = true,
        SilentFor = TimeSpan.FromMilliseconds(50),
        Behind = 0,
        Lag = TimeSpan.Zero,
        Backlog = 0,
        Rate = 10 * Mebi,
    };

    private static readonly LinkFacts Cut = Well with { Connected = false, Streaming = false, SilentFor = TimeSpan.FromSeconds(9), Behind = 60 * Mebi, Backlog = 60 * Mebi };

    [Fact]
    public void It_goes_from_streaming_over_queueing_and_re_syncing_back_to_streaming()
    {
        var judged = Judge(LinkJudgement.Nothing, Well);
        judged.State.ShouldBe(LinkState.Streaming);
        judged = Judge(judged, Well with { Behind = 8 * Mebi });
        judged.State.ShouldBe(LinkState.Streaming, "a burst of writing is no re-sync");
        judged = Judge(judged, Cut);
        judged.State.ShouldBe(LinkState.Queueing);
        judged.FullIn.ShouldBe(TimeSpan.FromSeconds(4), "40 MiB are left, 10 MiB come each second");
        judged = Judge(judged, Well with { Behind = 60 * Mebi, Drain = 40 * Mebi });
        judged.State.ShouldBe(LinkState.ReSyncing);
        judged.CaughtUpIn.ShouldBe(TimeSpan.FromSeconds(2), "60 MiB at 40 - 10 MiB a second");
        judged = Judge(judged, Well with { Behind = 60 * Mebi, Drain = 9 * Mebi });
        judged.CaughtUpIn.ShouldBeNull("it never catches up");
        Judge(judged, Well).State.ShouldBe(LinkState.Streaming);
    }

    [Fact]
    public void A_connection_over_which_nothing_comes_is_no_link() =>
        Judge(LinkJudgement.Nothing, Well with { SilentFor = TimeSpan.FromSeconds(1), Lag = TimeSpan.FromSeconds(1) }).State.ShouldBe(LinkState.Queueing);

    [Fact]
    public void A_silent_agent_alone_does_not_end_a_stream_that_flows() =>
        Judge(LinkJudgement.Nothing, Well with { SilentFor = TimeSpan.FromSeconds(1) }).State.ShouldBe(LinkState.Streaming);

    [Fact]
    public void A_queue_that_was_given_up_is_lost_until_somebody_streams_again()
    {
        Judge(LinkJudgement.Nothing, Cut with { Lost = true, Backlog = null }).State.ShouldBe(LinkState.Lost);
        Judge(LinkJudgement.Nothing, Well with { Lost = true }).State.ShouldBe(LinkState.Streaming);
    }

    [Fact]
    public void Commits_wait_for_the_other_site_from_the_RPO_on_until_it_has_caught_up_and_not_a_moment_without_a_link()
    {
        var store = Store with { EnforceRpo = true };
        var late = Well with { Lag = TimeSpan.FromSeconds(5.1), Behind = 60 * Mebi };
        var judged = Judge(LinkJudgement.Nothing, Well with { Lag = TimeSpan.FromSeconds(4.9) }, store);
        judged.Extra.ShouldBe(SyncExtra.None);
        judged = Judge(judged, late, store);
        judged.Extra.ShouldBe(new SyncExtra("b1"));
        judged = Judge(judged, late with { Lag = TimeSpan.FromSeconds(0.6) }, store);
        judged.Extra.ShouldBe(new SyncExtra("b1"), "it has not caught up yet");
        Judge(judged, late with { Lag = TimeSpan.FromSeconds(0.4) }, store).Extra.ShouldBe(SyncExtra.None);
        Judge(judged, Cut with { Lag = TimeSpan.FromSeconds(9) }, store).Extra.ShouldBe(SyncExtra.None);
        Judge(judged, late with { SilentFor = TimeSpan.FromSeconds(1) }, store).Extra.ShouldBe(SyncExtra.None, "the link is cut silently");
        Judge(judged, late, Store).Extra.ShouldBe(SyncExtra.None, "it is not declared");
    }

    [Fact]
    public void At_the_bound_writes_stop_where_that_is_declared_and_go_on_when_there_is_room()
    {
        var store = Store with { Link = Store.Link with { QueueFull = QueueFullPolicy.StopWrites } };
        var full = Cut with { Backlog = 100 * Mebi };
        Judge(LinkJudgement.Nothing, full).Extra.ShouldBe(SyncExtra.None, "the policy is drop");
        var judged = Judge(LinkJudgement.Nothing, full, store);
        judged.Extra.ShouldBe(new SyncExtra(Hold: true));
        judged = Judge(judged, full with { Backlog = 95 * Mebi }, store);
        judged.Extra.Hold.ShouldBeTrue();
        Judge(judged, full with { Backlog = 89 * Mebi }, store).Extra.ShouldBe(SyncExtra.None);
    }

    private static LinkJudgement Judge(LinkJudgement before, LinkFacts facts, StoreSpec? store = null) => LinkJudge.Judge(before, facts, store ?? Store, Heard);

    private sealed record NoEngine : EngineSpec;
}
