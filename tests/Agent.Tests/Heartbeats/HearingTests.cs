using Holdfast.Agent.Heartbeats;

namespace Holdfast.Agent.Tests.Heartbeats;

/// <summary>An agent that nobody reaches notices, and says so only when it was on time itself.</summary>
public sealed class HearingTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(600);
    private readonly ManualTime _time = new();
    private readonly FakeLink _link = new();
    private readonly SelfScore _score;

    public HearingTests() => _score = new SelfScore(_time, Limit);

    [Fact]
    public void It_is_deaf_once_all_of_its_group_have_been_silent_for_long_enough()
    {
        var hearing = Hearing("a", "b");
        Hear("a");
        _time.Advance(Limit / 2);
        Hear("b");
        _time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        hearing.DeafFor().ShouldBe(TimeSpan.Zero, "b was heard lately");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        hearing.DeafFor().ShouldBe(Limit, "counted from the last of them");
        Hear("a");
        hearing.DeafFor().ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Whoever_has_never_heard_anybody_is_deaf_from_its_start()
    {
        _time.Advance(Limit);
        Hearing("a").DeafFor().ShouldBe(Limit);
    }

    [Fact]
    public void Nobody_is_deaf_alone()
    {
        _time.Advance(Limit * 10);
        Hearing().DeafFor().ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Members_of_other_sites_are_not_its_group()
    {
        Hear("elsewhere");
        _time.Advance(Limit);
        Hear("elsewhere");
        Hearing("a").DeafFor().ShouldBe(Limit);
    }

    [Fact]
    public void After_a_freeze_silence_is_counted_from_the_thaw()
    {
        var hearing = Hearing("a");
        Hear("a");
        _score.Due(SelfPart.Pacer, _time.GetTimestamp());
        _time.Advance(Limit * 5);
        hearing.DeafFor().ShouldBe(TimeSpan.Zero, "it stood still itself");
        _score.Ran(SelfPart.Pacer, _time.GetTimestamp());
        hearing.DeafFor().ShouldBe(TimeSpan.Zero);
        _time.Advance(Limit);
        hearing.DeafFor().ShouldBe(Limit);
    }

    public void Dispose() => _link.Dispose();

    private Hearing Hearing(params string[] others) => new(_link, others, _score, _time, Limit);

    private void Hear(string member) => _link.Heard[member] = new PeerObservation(Fleet.Beat(member, 1), _time.GetTimestamp());

    private sealed class FakeLink : IHeartbeatLink
    {
        public Dictionary<string, PeerObservation> Heard { get; } = [];

        public event Action<string>? Received
        {
            add { }
            remove { }
        }

        public void Start()
        {
        }

        public void Send(Heartbeat heartbeat)
        {
        }

        public PeerObservation? Latest(string member) => Heard.GetValueOrDefault(member);
        public TimeSpan? SilentFor(string member) => null;
        public TimeSpan? RttTo(string member) => null;

        public void Dispose()
        {
        }
    }
}
