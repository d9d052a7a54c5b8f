using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Agent.Api.Probe;
using Holdfast.Agent.Tests.Heartbeats;

namespace Holdfast.Agent.Tests.Api.Probe;

public sealed class SinkTests
{
    /// <summary>What the two ends' systems may hold of it between them.</summary>
    private const long InBetween = 16 << 20;

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task It_takes_no_more_than_its_bound_whatever_is_sent()
    {
        await using var pair = await ProbedPair.StartAsync();
        using var raw = await pair.FloodAsync("Transfer-Encoding: chunked");
        var piece = new byte[(64 << 10) + 9];
        Encoding.ASCII.GetBytes("10000\r\n").CopyTo(piece, 0);
        Encoding.ASCII.GetBytes("\r\n").CopyTo(piece, piece.Length - 2);
        long sent = 0;
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (sent < 4 * SinkRoute.MostBytes)
            {
                await raw.GetStream().WriteAsync(piece, TestContext.Current.CancellationToken);
                sent += piece.Length;
            }
        });
        sent.ShouldBeInRange(SinkRoute.MostBytes, SinkRoute.MostBytes + SinkRoute.Slack + InBetween);
        await FreeAgainAsync(pair);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task It_reads_no_longer_than_its_bound_however_slowly_it_comes()
    {
        await using var pair = await ProbedPair.StartAsync();
        var start = TimeProvider.System.GetTimestamp();
        using var raw = await pair.FloodAsync("Content-Length: 1000000");
        var ending = raw.GetStream().ReadAsync(new byte[100], TestContext.Current.CancellationToken).AsTask();
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
            {
                await raw.GetStream().WriteAsync(new byte[1000], TestContext.Current.CancellationToken);
                await Task.WhenAny(ending, Task.Delay(50, TestContext.Current.CancellationToken));
                await (ending.IsCompleted ? ending : Task.CompletedTask);
            }
        });
        TimeProvider.System.GetElapsedTime(start).TotalSeconds.ShouldBeInRange(SinkRoute.Limit.TotalSeconds - 0.5, SinkRoute.Limit.TotalSeconds + 3);
        await FreeAgainAsync(pair);
    }

    [Fact]
    public async Task What_is_announced_as_too_large_is_not_even_begun()
    {
        await using var pair = await ProbedPair.StartAsync();
        using var raw = await pair.FloodAsync($"Content-Length: {SinkRoute.MostBytes + SinkRoute.Slack + 1}");
        var answer = new byte[100];
        var count = await raw.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken);
        Encoding.ASCII.GetString(answer, 0, count).ShouldStartWith("HTTP/1.1 413");
    }

    [Fact]
    public void The_time_in_which_a_connection_finds_its_speed_does_not_count()
    {
        var time = new ManualTime();
        var arrivals = new Arrivals(time);
        arrivals.Add(1000);
        arrivals.Answer().ShouldBeNull();
        for (var at = 0; at < 1000; at++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            arrivals.Add(at < 250 ? 10 : 5000);
        }

        var answer = arrivals.Answer()!;
        answer.Bytes.ShouldBe(1000 + (250 * 10) + (750 * 5000));
        answer.Seconds.ShouldBe(1, 1e-9);
        answer.BytesPerSecond.ShouldBe(5_000_000, 50_000);
    }

    private static async Task FreeAgainAsync(ProbedPair pair) => await Eventually.True(() =>
        ProbedPair.PostAsync(pair.FarClient, "/v1/probe/sink", "x").GetAwaiter().GetResult().Status == HttpStatusCode.BadRequest);
}
