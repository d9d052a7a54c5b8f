using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Probe;

namespace Holdfast.Agent.Tests.Api.Probe;

public sealed class LinkProbeTests
{
    private const string ToFar = $$"""{"to":"{{ProbedPair.Far}}"}""";

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_way_is_measured_with_a_bounded_load_and_a_long_one_is_longer()
    {
        DelayingRelay? relay = null;
        await using var direct = await ProbedPair.StartAsync();
        await using var distant = await ProbedPair.StartAsync(port => (relay = new DelayingRelay(port, TimeSpan.FromMilliseconds(30))).Port);
        await using var ended = relay!;

        var near = ProbedPair.Read(await direct.PostAsync("/v1/probe/link", ToFar), ApiJson.Default.LinkProbe);
        near.From.ShouldBe(ProbedPair.Near);
        near.To.ShouldBe(ProbedPair.Far);
        near.RoundTrip.Samples.ShouldBeInRange(1, 20);
        near.RoundTrip.Median.ShouldBeInRange(0.001, 40);
        near.Bytes.ShouldBeInRange(1 << 20, SinkRoute.MostBytes + SinkRoute.Slack);
        near.Seconds.ShouldBeInRange(0.001, 5);
        (near.BytesPerSecond * near.Seconds).ShouldBeInRange(0.2 * near.Bytes, 5 * near.Bytes);

        var far = ProbedPair.Read(await distant.PostAsync("/v1/probe/link", ToFar), ApiJson.Default.LinkProbe);
        far.RoundTrip.Median.ShouldBeInRange(60, 60 + 60);
        far.Bytes.ShouldBeLessThanOrEqualTo(SinkRoute.MostBytes + SinkRoute.Slack);
    }

    [Fact]
    public async Task An_agent_that_cannot_be_reached_is_named_with_its_address()
    {
        var port = SampleGroup.FreePorts(1)[0];
        await using var pair = await ProbedPair.StartAsync(_ => port);
        var answer = await pair.PostAsync("/v1/probe/link", ToFar);
        answer.Status.ShouldBe(HttpStatusCode.BadGateway);
        ProbedPair.Error(answer).Error.ShouldStartWith($"the agent of {ProbedPair.Far} does not answer {ProbedPair.Near} on 127.0.0.1:{port} (");
        ProbedPair.Error(answer).Remedy.ShouldBe("is it running, and is the way between the two open?");
    }

    [Fact]
    public async Task An_agent_that_refuses_is_quoted()
    {
        await using var pair = await ProbedPair.StartAsync(farToken: "another");
        var answer = await pair.PostAsync("/v1/probe/link", ToFar);
        answer.Status.ShouldBe(HttpStatusCode.BadGateway);
        ProbedPair.Error(answer).ShouldBe(new(
            $"the agent of {ProbedPair.Far} refuses: the token is wrong", "use security.token of the file that the agents run with"));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "knows nothing of probes: it is of an older version")]
    [InlineData("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", "does not answer like an agent")]
    [InlineData("nonsense\r\n\r\n", "does not answer orders-fra-1")]
    public async Task What_is_no_agent_of_this_version_is_recognised(string says, string message)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var pair = await ProbedPair.StartAsync(_ => ((IPEndPoint)other.LocalEndpoint).Port);
        var asked = pair.PostAsync("/v1/probe/link", ToFar);
        using (var caller = await other.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            _ = await caller.GetStream().ReadAsync(new byte[4096], TestContext.Current.CancellationToken);
            await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(says), TestContext.Current.CancellationToken);
            var answer = await asked;
            answer.Status.ShouldBe(HttpStatusCode.BadGateway);
            ProbedPair.Error(answer).Error.ShouldContain(message);
        }
    }

    [Fact]
    public async Task One_way_to_an_agent_is_measured_at_a_time()
    {
        await using var pair = await ProbedPair.StartAsync();
        var first = await pair.FloodAsync("Transfer-Encoding: chunked");
        await Eventually.True(() =>
        {
            // What is asked here may come first, and then it is the flood that is refused: it begins again.
            if (first.Available > 0)
            {
                first.Dispose();
                first = pair.FloodAsync("Transfer-Encoding: chunked").GetAwaiter().GetResult();
            }

            var second = ProbedPair.PostAsync(pair.FarClient, "/v1/probe/sink", "x").GetAwaiter().GetResult();
            return second.Status == HttpStatusCode.Conflict;
        }, seconds: 60);
        using var held = first;
        var answer = await pair.PostAsync("/v1/probe/link", ToFar);
        answer.Status.ShouldBe(HttpStatusCode.BadGateway);
        ProbedPair.Error(answer).ShouldBe(new(
            $"the agent of {ProbedPair.Far} refuses: another agent measures its way to this one just now", "ask again in 5 s"));
    }
}
