using System.Net;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Changes;
using Holdfast.Engines.Facts;

namespace Holdfast.Agent.Tests.Api.Probe;

public sealed class ProbeEndpointTests
{
    [Theory]
    [InlineData("/v1/probe/member")]
    [InlineData("/v1/probe/link")]
    [InlineData("/v1/probe/echo")]
    [InlineData("/v1/probe/sink")]
    public async Task Nobody_without_the_token_or_with_another_addressee_gets_anything_measured(string path)
    {
        await using var pair = await ProbedPair.StartAsync();
        pair.Facts.OnMeasure = _ => throw new InvalidOperationException("it was measured");
        (await pair.PostAsync(path, token: null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await pair.PostAsync(path, token: "wrong")).Status.ShouldBe(HttpStatusCode.Forbidden);
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {ProbedPair.Token}");
        request.Headers.Add(Addressee.Header, Addressee.Of("grid-control", "another"));
        using var answer = await pair.Client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        using var read = await pair.Client.GetAsync(path, TestContext.Current.CancellationToken);
        read.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task What_the_engine_measured_is_told_as_distributions()
    {
        await using var pair = await ProbedPair.StartAsync();
        pair.Facts.OnMeasure = _ => Task.FromResult(new MeasuredMember(
            [.. Enumerable.Range(1, 100).Reverse().Select(Convert.ToDouble)],
            new MeasuredServer(1 << 30, 2e6, 150, 3600, 5e6, 12),
            [new MeasuredStandby("orders-fra-2", [3, 1, 2], [], [0, 8192])], ["one thing"]));
        var facts = ProbedPair.Read(await pair.PostAsync("/v1/probe/member"), ApiJson.Default.MemberFacts);
        facts.Store.ShouldBe("orders");
        facts.Member.ShouldBe(ProbedPair.Near);
        facts.Flush.ShouldBe(new(50, 95, 100, 100));
        facts.Server.ShouldBe(new(1 << 30, 2e6, 150, 3600, 5e6, 12));
        facts.Standbys.ShouldHaveSingleItem().ShouldBe(new("orders-fra-2", new(2, 3, 3, 3), null, new(0, 8192, 8192, 2)));
        facts.Problems.ShouldBe(["one thing"]);

        pair.Facts.OnMeasure = _ => Task.FromResult(new MeasuredMember([], null, [], ["no disk", "no server"]));
        facts = ProbedPair.Read(await pair.PostAsync("/v1/probe/member"), ApiJson.Default.MemberFacts);
        facts.Flush.ShouldBeNull();
        facts.Problems.ShouldBe(["no disk", "no server"]);
    }

    [Fact]
    public async Task A_second_probe_is_refused_while_the_first_one_runs_and_taken_after()
    {
        await using var pair = await ProbedPair.StartAsync();
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        pair.Facts.OnMeasure = async token =>
        {
            begun.TrySetResult();
            await end.Task.WaitAsync(token);
            return new MeasuredMember([], null, [], []);
        };
        var first = pair.PostAsync("/v1/probe/member");
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        foreach (var (path, body) in ((string, string?)[])[("/v1/probe/member", null), ("/v1/probe/link", $$"""{"to":"{{ProbedPair.Far}}"}""")])
        {
            var second = await pair.PostAsync(path, body);
            second.Status.ShouldBe(HttpStatusCode.Conflict, path);
            ProbedPair.Error(second).ShouldBe(new($"{ProbedPair.Near} is being probed already", "ask again when that has ended, within 18 s"));
        }

        end.SetResult();
        (await first).Status.ShouldBe(HttpStatusCode.OK);
        (await pair.PostAsync("/v1/probe/member")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_probe_ends_when_its_caller_goes_away()
    {
        await using var pair = await ProbedPair.StartAsync();
        var ended = new TaskCompletionSource();
        pair.Facts.OnMeasure = async token =>
        {
            using var on = token.Register(ended.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return new MeasuredMember([], null, [], []);
        };
        using (var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(200)))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/probe/member");
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {ProbedPair.Token}");
            await Should.ThrowAsync<OperationCanceledException>(() => pair.Client.SendAsync(request, gone.Token));
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_store_that_cannot_be_measured_says_so()
    {
        await using var pair = await ProbedPair.StartAsync();
        var answer = await ProbedPair.PostAsync(pair.FarClient, "/v1/probe/member");
        answer.Status.ShouldBe(HttpStatusCode.Conflict);
        ProbedPair.Error(answer).ShouldBe(new("a store of kind postgresql cannot be measured", "declare its figures in the file"));
    }

    [Theory]
    [InlineData(null, "'to' is missing")]
    [InlineData("""{"to":"orders-fra-1"}""", "'orders-fra-1' is this member itself")]
    [InlineData("""{"to":"nobody"}""", "'nobody' is not a member of system grid-control")]
    [InlineData("""{"of":"orders-fra-2"}""", "unknown field 'of'")]
    public async Task A_way_to_nobody_is_refused_with_one_message_and_its_remedy(string? body, string message)
    {
        await using var pair = await ProbedPair.StartAsync();
        var answer = await pair.PostAsync("/v1/probe/link", body);
        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        ProbedPair.Error(answer).Error.ShouldContain(message);
        ProbedPair.Error(answer).Remedy.ShouldNotBeNullOrEmpty();
    }
}
