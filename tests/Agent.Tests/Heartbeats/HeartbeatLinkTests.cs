using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Holdfast.Agent.Heartbeats;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Tests.Heartbeats;

/// <summary>Over real sockets on loopback. "The wire" is a socket of the test in the place of a peer: it sees, keeps and repeats datagrams.</summary>
public class HeartbeatLinkTests
{
    [Theory]
    [InlineData("a token of the test")]
    [InlineData(null)]
    public void A_heartbeat_arrives_as_it_was_sent(string? token)
    {
        var system = Fleet.System(token, members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort())]);
        using var a = Fleet.Link(system, "a");
        using var b = Fleet.Link(system, "b");
        b.Latest("a").ShouldBeNull();
        var before = TimeProvider.System.GetTimestamp();

        a.Send(Fleet.Beat("a", 1));

        Await.That(() => b.Latest("a") is not null, "the heartbeat is heard");
        b.Latest("a")!.Heartbeat.ShouldBe(Fleet.Beat("a", 1));
        b.Latest("a")!.ReceivedAt.ShouldBeInRange(before, TimeProvider.System.GetTimestamp());
        b.Latest("b").ShouldBeNull();
    }

    [Fact]
    public void Repeated_and_overtaken_datagrams_are_dropped()
    {
        using var wire = new Wire();
        wire.Record(Fleet.Beat("a", 1), Fleet.Beat("a", 2), Fleet.Beat("a", 3));

        wire.Replay(1);
        Await.That(() => wire.Target.Latest("a")?.Heartbeat.Sequence == 2, "the second is taken");
        wire.Replay(1, 0);
        Await.That(() => wire.Target.Counters.Old == 2, "the repeated and the older one are dropped");
        wire.Replay(2);
        // It is counted after it can be seen.
        Await.That(() => wire.Target.Latest("a")?.Heartbeat.Sequence == 3 && wire.Target.Counters.Taken >= 2, "the next is taken");
        wire.Target.Counters.Taken.ShouldBe(2);
    }

    [Fact]
    public void A_restarted_peer_is_heard_anew_and_its_former_start_never_again()
    {
        using var wire = new Wire();
        wire.Record(Fleet.Beat("a", 100, "first"), Fleet.Beat("a", 1, "second"), Fleet.Beat("a", 101, "first"));

        wire.Replay(0);
        Await.That(() => wire.Target.Latest("a")?.Heartbeat.Sequence == 100, "the first start is heard");
        wire.Replay(1);
        Await.That(() => wire.Target.Latest("a")?.Heartbeat.Incarnation == "second", "the second start is heard");
        wire.Replay(2);
        Await.That(() => wire.Target.Counters.Old == 1, "the first start is over");
        wire.Target.Latest("a")!.Heartbeat.Incarnation.ShouldBe("second");
    }

    [Fact]
    public void Another_token_another_system_and_unknown_members_are_dropped_and_counted()
    {
        using var wire = new Wire();
        wire.Record(Fleet.System("another token", members: wire.Members), Fleet.Beat("a", 1));
        wire.Record(Fleet.Beat("a", 2, system: "another"), Fleet.Beat("stranger", 1), Fleet.Beat("b", 1));

        wire.Replay(0, 1, 2, 3);

        Await.That(() => wire.Target.Counters is { Forged: 1, Foreign: 3 }, "all are counted");
        wire.Target.Latest("a").ShouldBeNull();
    }

    [Fact]
    public void Nothing_malformed_stops_the_receiver()
    {
        using var wire = new Wire();
        wire.Record(Fleet.Beat("a", 1));
        var random = new Random(42);
        var sent = 0;
        foreach (var length in (int[])[0, 1, 4, 36, 37, 200, 1400, 1401, 9000, 60_000])
        {
            var noise = new byte[length];
            random.NextBytes(noise);
            wire.Inject(noise);
            sent++;
        }

        for (var at = 0; at < wire.Recorded(0).Length; at += 7)
        {
            var damaged = wire.Recorded(0).ToArray();
            damaged[at] ^= 0x40;
            wire.Inject(damaged);
            wire.Inject(wire.Recorded(0)[..at]);
            sent += 2;
        }

        Await.That(() => wire.Target.Counters.Malformed + wire.Target.Counters.Forged == sent, "all noise is counted");
        wire.Target.Latest("a").ShouldBeNull();
        wire.Replay(0);
        Await.That(() => wire.Target.Latest("a") is not null, "the receiver still hears");
    }

    [Fact]
    public void Changes_that_matter_are_told_at_once_and_others_are_not()
    {
        var system = Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort())]);
        using var a = Fleet.Link(system, "a");
        using var b = Fleet.Link(system, "b");
        var told = new ConcurrentQueue<long>();
        b.Received += member => told.Enqueue(b.Latest(member)!.Heartbeat.Sequence);
        var beat = Fleet.Beat("a", 1);

        Heartbeat[] beats =
        [
            beat,
            beat with { Sequence = 2, Position = new LogPosition(3, Lsn.Parse("16/FFFF0000")), Job = null, Epoch = 8 },
            beat with { Sequence = 3, HandsOverEpoch = 8 },
            beat with { Sequence = 4, HandsOverEpoch = 8, SuspectsEpoch = 8 },
            beat with { Sequence = 5, HandsOverEpoch = 8, SuspectsEpoch = 8, Role = MemberRole.Primary },
            beat with { Sequence = 6, HandsOverEpoch = 8, SuspectsEpoch = 8, Role = MemberRole.Primary },
            beat with { Sequence = 7, HandsOverEpoch = 8, SuspectsEpoch = 8, Role = MemberRole.Primary, Process = ProcessState.Stopped },
            beat with
            {
                Sequence = 8, HandsOverEpoch = 8, SuspectsEpoch = 8, Role = MemberRole.Primary, Process = ProcessState.Stopped, Restarting = true,
            },
        ];
        foreach (var next in beats)
        {
            a.Send(next);
            Await.That(() => b.Latest("a")?.Heartbeat.Sequence == next.Sequence, $"heartbeat {next.Sequence} is heard");
        }

        Await.That(() => told.Count >= 6, "six changes are told");
        told.ShouldBe([1, 3, 4, 5, 7, 8]);
    }

    [Fact]
    public void Peers_that_are_not_there_or_cannot_be_resolved_harm_nobody()
    {
        var system = Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort()), ("gone", Fleet.FreePort()), ("lost", 4)]);
        var store = system.Stores["orders"];
        var lost = store.Members["lost"] with { Agent = new Endpoint("no-such-host.invalid", 4) };
        using var b = Fleet.Link(system, "b");
        using var a = new HeartbeatLink(
            system, store, store.Members["a"], [store.Members["b"], store.Members["gone"], lost], TimeProvider.System);
        a.Start();

        for (var sequence = 1; sequence <= 20; sequence++)
        {
            a.Send(Fleet.Beat("a", sequence));
        }

        Await.That(() => b.Latest("a")?.Heartbeat.Sequence == 20, "the living peer hears all the same");
        a.Counters.Unsent.ShouldBe(20);
    }

    [Fact]
    public void Words_for_people_that_do_not_fit_are_left_out()
    {
        var system = Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort())]);
        using var a = Fleet.Link(system, "a");
        using var b = Fleet.Link(system, "b");

        a.Send(Fleet.Beat("a", 1) with { Job = new string('x', 5000) });

        Await.That(() => b.Latest("a") is not null, "the heartbeat is heard");
        b.Latest("a")!.Heartbeat.ShouldBe(Fleet.Beat("a", 1) with { Job = null });
    }

    [Fact]
    public void The_way_to_another_site_is_measured_by_both_ends_and_that_within_a_site_is_not()
    {
        var system = Fleet.Elsewhere(Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort()), ("c", Fleet.FreePort())]), "c");
        var (here, there) = (new ManualTime(), new ManualTime());
        using var a = Fleet.Link(system, "a", here);
        using var b = Fleet.Link(system, "b");
        using var c = Fleet.Link(system, "c", there);
        a.SilentFor("c").ShouldBeNull();
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            a.Send(Fleet.Beat("a", sequence));
            Await.That(() => c.Latest("a")?.Heartbeat.Sequence == sequence, "the other site hears it");
            here.Advance(TimeSpan.FromMilliseconds(90)); // The clock of each end stands still unless moved: 90 ms here, 50 of them held there.
            there.Advance(TimeSpan.FromMilliseconds(50));
            c.Send(Fleet.Beat("c", sequence));
            b.Send(Fleet.Beat("b", sequence));
            Await.That(() => a.Latest("c")?.Heartbeat.Sequence == sequence && a.Latest("b")?.Heartbeat.Sequence == sequence, "both are heard");
        }

        a.Latest("c")!.Heartbeat.Echo.ShouldBe(new HeartbeatEcho("first", 3, 50_000));
        Await.That(() => a.RttTo("c") == TimeSpan.FromMilliseconds(40), "the way there and back is measured");
        c.RttTo("a").ShouldBe(TimeSpan.Zero, "its clock stood still from sending to the echo");
        (a.RttTo("b"), b.RttTo("a"), a.RttTo("nobody")).ShouldBe((null, null, null));
        a.Latest("b")!.Heartbeat.Echo.ShouldBeNull();
        a.SilentFor("c").ShouldBe(TimeSpan.Zero);
        here.Advance(TimeSpan.FromSeconds(3));
        a.SilentFor("c").ShouldBe(TimeSpan.FromSeconds(3));
        a.RttTo("c").ShouldBe(TimeSpan.FromMilliseconds(40));
    }

    [Fact]
    public void Words_for_people_make_room_for_the_echo()
    {
        var system = Fleet.Elsewhere(Fleet.System(members: [("a", Fleet.FreePort()), ("b", Fleet.FreePort())]), "b");
        using var a = Fleet.Link(system, "a");
        using var b = Fleet.Link(system, "b");
        b.Send(Fleet.Beat("b", 1));
        Await.That(() => a.Latest("b") is not null, "the heartbeat is heard");

        a.Send(Fleet.Beat("a", 1) with { Job = new string('x', 1100) });

        Await.That(() => b.Latest("a") is not null, "the heartbeat is heard");
        b.Latest("a")!.Heartbeat.ShouldSatisfyAllConditions(beat => beat.Job.ShouldBeNull(), beat => beat.Echo!.Sequence.ShouldBe(1));
    }

    [Fact]
    public void A_port_that_is_taken_is_told_at_the_start()
    {
        using var other = Fleet.Udp();
        var system = Fleet.System(members: [("a", Fleet.Port(other)), ("b", Fleet.FreePort())]);

        Should.Throw<SocketException>(() => Fleet.Link(system, "a")).SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
    }

    /// <summary>Stands where member b should be, and hands what a sends to the real b as the test likes.</summary>
    private sealed class Wire : IDisposable
    {
        private readonly Socket _tap = Fleet.Udp();
        private readonly List<byte[]> _datagrams = [];
        private readonly IPEndPoint _target;

        public Wire()
        {
            var port = Fleet.FreePort();
            _target = new IPEndPoint(IPAddress.Loopback, port);
            Target = Fleet.Link(Fleet.System(members: [("a", Fleet.FreePort()), ("b", port)]), "b");
        }

        public HeartbeatLink Target { get; }
        public (string, int)[] Members => [("a", Fleet.FreePort()), ("b", Fleet.Port(_tap))];

        public byte[] Recorded(int index) => _datagrams[index];

        public void Record(params Heartbeat[] heartbeats) => Record(Fleet.System(members: Members), heartbeats);

        public void Record(SystemSpec system, params Heartbeat[] heartbeats)
        {
            using var sender = Fleet.Link(system, "a");
            foreach (var heartbeat in heartbeats)
            {
                sender.Send(heartbeat);
                var buffer = new byte[2000];
                _datagrams.Add(buffer[.._tap.Receive(buffer)]);
            }
        }

        public void Replay(params ReadOnlySpan<int> indices)
        {
            foreach (var index in indices)
            {
                Inject(_datagrams[index]);
            }
        }

        public void Inject(byte[] datagram) => _tap.SendTo(datagram, _target);

        public void Dispose()
        {
            Target.Dispose();
            _tap.Dispose();
        }
    }
}
