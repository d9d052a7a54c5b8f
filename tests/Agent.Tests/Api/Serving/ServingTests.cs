using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Holdfast.Agent.Api.Serving;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Api.Serving;

/// <summary>What an agent tells those who send clients to its member.</summary>
public sealed class ServingTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly ServingReport Report = new() { Store = "orders", Site = "fra", Member = "a", Epoch = 3, Role = "primary", Serves = true };

    [Fact]
    public async Task A_question_waits_for_news_and_the_lag_alone_is_none()
    {
        var board = new ServingBoard(TimeProvider.System);
        board.Publish(Report);
        var first = await board.NextAsync(0, Long, null, Token);
        var next = board.NextAsync(first.Version, Long, null, Token);
        board.Publish(Report with { LagBytes = 5 });
        next.IsCompleted.ShouldBeFalse();
        board.Publish(Report with { Serves = false });
        (await next.WaitAsync(Long, Token)).Report.Serves.ShouldBeFalse();
        // Without news, what is known when the wait is over.
        (await board.NextAsync(2, TimeSpan.FromMilliseconds(20), null, Token)).Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_stop_waits_until_every_caller_has_heard_and_not_for_ever()
    {
        var board = new ServingBoard(TimeProvider.System);
        await board.AnnouncedAsync(Long, Token).WaitAsync(TimeSpan.FromSeconds(1), Token);
        board.Publish(Report);
        var (one, two) = (board.NextAsync(1, Long, "one", Token), board.NextAsync(1, Long, "two", Token));
        board.Publish(Report with { Serves = false });
        await Task.WhenAll(one, two);

        var announced = board.AnnouncedAsync(Long, Token);
        _ = board.NextAsync(2, TimeSpan.FromMilliseconds(10), "one", Token);
        announced.IsCompleted.ShouldBeFalse();
        _ = board.NextAsync(2, TimeSpan.FromMilliseconds(10), "two", Token);
        await announced.WaitAsync(TimeSpan.FromSeconds(5), Token);

        board.Publish(Report);
        var begun = Stopwatch.GetTimestamp();
        await board.AnnouncedAsync(TimeSpan.FromMilliseconds(50), Token);
        Stopwatch.GetElapsedTime(begun).ShouldBeInRange(TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_endpoint_answers_with_a_version_and_refuses_nonsense()
    {
        await using var api = await RunningApi.StartAsync();
        (await api.GetAsync("/v1/serving")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        api.Control.Serving.Publish(Report);
        (await api.GetAsync("/v1/serving?after=0&wait=5000&caller=x")).Body.ShouldStartWith("{\"version\":1,\"report\":{\"store\":\"orders\"");
        (await api.GetAsync("/v1/serving?wait=5001")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await api.GetAsync("/v1/serving?after=x")).Status.ShouldBe(HttpStatusCode.BadRequest);
        api.Control.IsLive = false;
        (await api.GetAsync("/v1/serving")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_primary_that_cannot_prove_that_it_is_still_the_one_does_not_answer_200()
    {
        await using var api = await RunningApi.StartAsync();
        (await api.GetAsync("/primary")).Status.ShouldBe(HttpStatusCode.OK);
        api.Control.Status = api.Control.Status with { Doubt = "coordination is away" };
        (await api.GetAsync("/primary")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData(true, false, false, 3, true)]
    [InlineData(false, true, true, 3, true)]
    [InlineData(false, false, true, 3, false)]
    [InlineData(false, true, false, 3, false)]
    [InlineData(false, true, true, 4, false)]
    public void A_zero_loss_primary_vouches_by_coordination_or_by_k_candidates(bool reachable, bool streams, bool heard, long candidateEpoch, bool vouches) =>
        (ServingJudge.Doubt(View(new SyncRule(["b"], 1), ProtectionMode.ZeroLoss, reachable, streams, heard, candidateEpoch, lease: true)) is null).ShouldBe(vouches);

    [Theory, InlineData(true), InlineData(false)]
    public void Where_only_time_protects_the_lease_vouches(bool held) =>
        (ServingJudge.Doubt(View(new SyncRule([], 0), ProtectionMode.Lease, false, true, true, 3, held)) is null).ShouldBe(held);

    private static MemberView View(SyncRule rule, ProtectionMode mode, bool reachable, bool streams, bool heard, long candidateEpoch, bool lease) => new()
    {
        Me = "a",
        Group = new GroupSpec
        {
            Store = "orders",
            Site = "fra",
            Members = ImmutableSortedDictionary<string, int>.Empty.Add("a", 100).Add("b", 100),
        },
        Coordination = new CoordinationView
        {
            Reachable = reachable,
            State = RecordState.Present,
            Record = new GroupRecord { Epoch = 3, Primary = "a", Sync = rule, Mode = mode, SystemId = "1", Lineage = [] },
        },
        Engine = EngineView.Nothing with { Standbys = streams ? [new StandbyView("b", true, default, true)] : [] },
        Activity = new ActivityView { LeaseHeld = lease },
        Peers = ImmutableSortedDictionary<string, PeerView>.Empty.Add(
            "b", new PeerView { SilentFor = heard ? TimeSpan.Zero : Long, Epoch = candidateEpoch, Streaming = true }),
    };
}
