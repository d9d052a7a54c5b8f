using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Tests;

/// <summary>The section <c>gate</c> of a store.</summary>
public class GateTests
{
    [Fact]
    public void Without_a_word_it_listens_on_loopback() => Sample.WithInStore().System!.Stores["orders"].Gate.ShouldBe(new GateSpec());

    [Fact]
    public void Every_key_is_taken()
    {
        var gate = Sample.WithInStore(
            "gate: {read-write: '0.0.0.0:6000', read-only: '[::1]:6001', hold: 2s, max-connections: 7, lag-bound: 1MiB, without-standby: primary, " +
            "cut-off: 3s, drain: 1m}").System!.Stores["orders"].Gate;

        gate.ShouldBe(new GateSpec
        {
            ReadWrite = new Endpoint("0.0.0.0", 6000),
            ReadOnly = new Endpoint("::1", 6001),
            Hold = TimeSpan.FromSeconds(2),
            MaxConnections = 7,
            LagBound = 1 << 20,
            WithoutStandby = WithoutStandby.Primary,
            CutOff = TimeSpan.FromSeconds(3),
            Drain = TimeSpan.FromMinutes(1),
        });
    }

    [Theory]
    [InlineData("read-write: '127.0.0.1:7000', read-only: 'localhost:7000'", "read-only", "localhost:7000 is the read-write port of orders already")]
    [InlineData("read-write: '127.0.0.1:5441'", "read-write", "127.0.0.1:5441 is the address of a already")]
    [InlineData("cut-off: 999ms", "cut-off", "999ms is less than word from etcd takes when all is well (1s)")]
    [InlineData("max-connections: 0", "max-connections", "0 is out of range")]
    [InlineData("without-standby: wait", "without-standby", "'wait' is not a choice here")]
    public void What_cannot_work_is_refused(string keys, string key, string message)
    {
        var problem = Sample.WithInStore($"gate: {{{keys}}}").OnlyError();

        (problem.Path, problem.Message).ShouldBe(($"stores.orders.gate.{key}", message));
    }
}
