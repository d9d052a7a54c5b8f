using Holdfast.Agent.Heartbeats;

namespace Holdfast.Agent.Tests.Heartbeats;

public class RoundTripsTests
{
    private readonly ManualTime _time = new();
    private readonly RoundTrips _trips = new();

    [Fact]
    public void What_the_peer_held_is_no_part_of_the_way()
    {
        _trips.Smoothed.ShouldBeNull();
        Send(1);
        Return(1, TimeSpan.FromMilliseconds(100), held: TimeSpan.FromMilliseconds(70));
        _trips.Smoothed.ShouldBe(TimeSpan.FromMilliseconds(30));
    }

    [Fact]
    public void One_late_datagram_moves_it_by_an_eighth_and_a_way_that_has_changed_is_followed()
    {
        Send(1);
        Return(1, TimeSpan.FromMilliseconds(20));
        Send(2);
        Return(2, TimeSpan.FromMilliseconds(100));
        _trips.Smoothed.ShouldBe(TimeSpan.FromMilliseconds(30));
        for (var sequence = 3; sequence < 60; sequence++)
        {
            Send(sequence);
            Return(sequence, TimeSpan.FromMilliseconds(100));
        }

        _trips.Smoothed!.Value.TotalMilliseconds.ShouldBe(100, 1);
    }

    [Fact]
    public void The_same_echo_told_again_with_a_longer_hold_measures_the_same()
    {
        Send(1);
        Return(1, TimeSpan.FromMilliseconds(20));
        Return(1, TimeSpan.FromMilliseconds(100), held: TimeSpan.FromMilliseconds(100));
        _trips.Smoothed.ShouldBe(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void Echoes_of_another_start_of_what_was_never_sent_or_is_forgotten_and_senseless_ones_measure_nothing()
    {
        for (var sequence = 1; sequence <= 300; sequence++)
        {
            Send(sequence);
        }

        foreach (var echo in (HeartbeatEcho[])
            [new("earlier", 300, 0), new("now", 301, 0), new("now", 44, 0), new("now", 0, 0), new("now", -1, 0), new("now", long.MinValue, 0), new("now", 300, -1)])
        {
            _trips.Returned(echo, _time.GetTimestamp(), _time);
        }

        _trips.Smoothed.ShouldBeNull();
        _trips.Returned(new HeartbeatEcho("now", 300, long.MaxValue), _time.Advance(TimeSpan.FromMilliseconds(5)), _time);
        _trips.Smoothed.ShouldBe(TimeSpan.Zero, "never below nothing");
    }

    private void Send(long sequence) => _trips.Sent("now", sequence, _time.GetTimestamp());

    private void Return(long sequence, TimeSpan after, TimeSpan held = default) =>
        _trips.Returned(new HeartbeatEcho("now", sequence, (long)held.TotalMicroseconds), _time.Advance(after), _time);
}
