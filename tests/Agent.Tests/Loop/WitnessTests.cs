using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Records;
using Holdfast.Agent.Tests.Heartbeats;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Agent.Watching;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Loop;

/// <summary>R7 with two sites: members of another site are heard, but only the group's own can agree that its primary is silent.</summary>
public sealed class WitnessTests
{
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(600);
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("b", true)]
    [InlineData("c", false)]
    public async Task Only_members_of_the_same_site_are_witnesses_of_a_silence(string witness, bool confirmed)
    {
        var system = Fleet.Elsewhere(
            Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort()), ("c", Fleet.FreePort()), ("me", Fleet.FreePort())]), "c");
        var store = system.Stores["orders"];
        using var member = new LeasedMember("me", "fra");
        await using var coordination = new InMemoryCoordination(new InMemoryStore(TimeProvider.System));
        using var link = Fleet.Link(system, "me", _time);
        using var other = Fleet.Link(system, witness);
        using var watch = new PrimaryWatch(member.Engine, new SelfScore(_time, SuspectAfter), _time, SuspectAfter);
        using var lease = new LeaseDuty(
            coordination, member.Engine, member.Guard("guard"), new GroupKeys("grid", "orders", "fra"), member.Spec,
            TimeSpan.FromSeconds(5), new ShiftedBootClock(), member.Log);
        var views = new ViewBuilder(
            new LoopState { Memory = new MemberMemory(), Picture = Picture }, GroupSpec.From(store, "fra"),
            new MemberIdentity("me", "run", ["a", "b"], ["c"], () => { }), link, new ActivityTracker(_time), watch, lease, sites: null, _time);
        views.Build(TimeSpan.FromSeconds(5), job: null).Suspicion.Suspects.ShouldBeFalse("silence is counted from now");
        _time.Advance(SuspectAfter * 2);

        other.Send(Fleet.Beat(witness, 1) with { SuspectsEpoch = 1 });
        Await.That(() => link.Latest(witness) is not null, "the witness is heard");

        var view = views.Build(TimeSpan.FromSeconds(5), job: null);
        view.Peers.Keys.ShouldBe(["a", "b"]);
        (view.Suspicion.Suspects, view.Suspicion.Confirmed).ShouldBe((true, confirmed), view.Suspicion.Reason);
    }

    private static GroupPicture Picture => GroupPicture.Unread with
    {
        State = RecordState.Present,
        Record = new GroupRecord
        {
            Epoch = 1,
            Primary = "a",
            Sync = new SyncRule(["b", "me"], 1),
            Mode = ProtectionMode.ZeroLoss,
            SystemId = "1",
            Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
        },
    };
}
