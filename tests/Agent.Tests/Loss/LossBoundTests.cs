using Holdfast.Agent.Loss;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Loss;

public sealed class LossBoundTests
{
    private static readonly LogPosition Fork = new(1, new Lsn(500));
    private static readonly GroupRecord Own = new()
    {
        Epoch = 7,
        Primary = "a",
        SystemId = "1",
        Mode = ProtectionMode.ZeroLoss,
        Sync = new SyncRule(["b", "c"], 1),
    };

    private static readonly GroupRecord Next = Own with { Epoch = 8, Primary = "b" };

    [Fact]
    public void Nothing_was_acknowledged_when_a_candidate_was_elected_in_the_next_epoch() =>
        LossBound.AcknowledgedUpTo(Own, Next, "failover", Fork).ShouldBe(Fork.Lsn);

    [Fact]
    public void Whatever_else_happened_it_is_not_known()
    {
        LossBound.AcknowledgedUpTo(null, Next, "failover", Fork).ShouldBeNull("this agent has not seen its own last record");
        LossBound.AcknowledgedUpTo(Own, Next, "forced", Fork).ShouldBeNull("an operator accepted a loss");
        LossBound.AcknowledgedUpTo(Own, Next, null, Fork).ShouldBeNull("the history does not tell");
        LossBound.AcknowledgedUpTo(Own, Next with { Epoch = 9 }, "failover", Fork).ShouldBeNull("another was primary in between");
        LossBound.AcknowledgedUpTo(Own, Next with { Primary = "ber" }, "failover", Fork).ShouldBeNull("the other site took over");
        LossBound.AcknowledgedUpTo(Own with { Mode = ProtectionMode.Unprotected, Sync = SyncRule.None }, Next, "failover", Fork).ShouldBeNull();
    }

    [Fact]
    public void The_log_is_let_go_only_up_to_what_all_that_stream_have_with_the_other_site_among_them()
    {
        var members = new[] { ("a", "fra"), ("b", "fra"), ("c", "ber") }.Select(pair => new MemberSpec
        {
            Name = pair.Item1,
            Site = pair.Item2,
            Address = new Endpoint("127.0.0.1", 1),
            Agent = new Endpoint("127.0.0.1", 2),
            Data = "/d",
        });
        var store = new StoreSpec
        {
            Name = "orders",
            Kind = "none",
            Engine = new NoEngine(),
            Members = System.Collections.Immutable.ImmutableSortedDictionary
                .CreateRange(StringComparer.Ordinal, members.Select(member => KeyValuePair.Create(member.Name, member))),
        };
        Lsn Confirmed(params StandbyView[] standbys) => LossDuty.Confirmed(
            new MemberView { Me = "a", Group = GroupSpec.From(store, "fra"), Engine = EngineView.Nothing with { Standbys = [.. standbys] } },
            store, store.Members["a"]);
        StandbyView At(string name, ulong lsn, bool streaming = true) => new(name, streaming, new Lsn(lsn), Counts: false);

        Confirmed(At("b", 10), At("c", 20)).ShouldBe(new Lsn(10));
        Confirmed(At("b", 30), At("c", 20)).ShouldBe(new Lsn(20));
        Confirmed(At("b", 10)).ShouldBe(Lsn.Zero, "of the other site nothing is known");
        Confirmed(At("b", 10), At("c", 20, streaming: false)).ShouldBe(Lsn.Zero);
    }

    private sealed record NoEngine : EngineSpec;
}
