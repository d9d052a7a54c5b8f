using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Coordination;

namespace Holdfast.Agent.Tests.Api;

public sealed class ChangingCallTests
{
    public static readonly TheoryData<string, string?, string> Calls = new()
    {
        { "/v1/switchover", null, "Switchover to=any loss=False" },
        { "/v1/switchover", """{"to":"orders-fra-2"}""", "Switchover to=orders-fra-2 loss=False" },
        { "/v1/switchover", """{"to":null}""", "Switchover to=any loss=False" },
        { "/v1/failover", """{"to":"orders-fra-3","acceptDataLoss":true}""", "Failover to=orders-fra-3 loss=True" },
        { "/v1/failover", "{}", "Failover to=any loss=False" },
        { "/v1/pause", null, "paused=True" },
        { "/v1/resume", "", "paused=False" },
        { "/v1/reinit", null, "reinit" },
        { "/v1/restart", """{"onlyIfPending":true}""", "restart pending=True" },
        { "/v1/restart", null, "restart pending=False" },
    };

    [Theory, MemberData(nameof(Calls))]
    public async Task A_call_with_the_token_reaches_the_agent(string path, string? body, string call)
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        var (status, text) = await api.PostAsync(path, body, "s3cret");
        status.ShouldBe(HttpStatusCode.OK, text);
        api.Control.Calls.ShouldBe([call]);
    }

    [Theory, MemberData(nameof(Calls))]
    public async Task A_call_with_no_token_or_a_wrong_one_never_reaches_the_agent(string path, string? body, string call)
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        var (missing, text) = await api.PostAsync(path, body);
        missing.ShouldBe(HttpStatusCode.Unauthorized, call);
        Error(text).Remedy!.ShouldContain("security.token");
        foreach (var wrong in new[] { "S3cret", "s3cre", "s3cret1", "x" })
        {
            (await api.PostAsync(path, body, wrong)).Status.ShouldBe(HttpStatusCode.Forbidden);
        }

        api.Control.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_configured_token_loopback_callers_may_and_web_pages_may_not()
    {
        await using var api = await RunningApi.StartAsync();
        (await api.PostAsync("/v1/pause")).Status.ShouldBe(HttpStatusCode.OK);

        using var fromPage = new HttpRequestMessage(HttpMethod.Post, "/v1/pause");
        fromPage.Headers.Add("Origin", "http://evil.example");
        using var answer = await api.Client.SendAsync(fromPage, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        api.Control.Calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/v1/switchover", "{", "not JSON")]
    [InlineData("/v1/switchover", "[]", "not a JSON object")]
    [InlineData("/v1/switchover", """{"to":1}""", "'to' is not a name")]
    [InlineData("/v1/switchover", """{"to":""}""", "'to' is not a name")]
    [InlineData("/v1/switchover", """{"To":"orders-fra-2"}""", "unknown field 'To'")]
    [InlineData("/v1/switchover", """{"to":"orders-fra-2","force":true}""", "unknown field 'force'")]
    [InlineData("/v1/switchover", """{"to":"orders-fra-2","to":"orders-fra-3"}""", "not JSON")]
    [InlineData("/v1/switchover", """{"to":"orders-ber-1"}""", "'orders-ber-1' is not a member of orders at fra")]
    [InlineData("/v1/failover", """{"acceptDataLoss":"yes"}""", "neither true nor false")]
    [InlineData("/v1/pause", """{"for":"1h"}""", "unknown field 'for'")]
    [InlineData("/v1/restart", """{"onlyIfPending":1}""", "neither true nor false")]
    public async Task A_bad_body_is_refused_with_one_message_and_its_remedy(string path, string body, string message)
    {
        await using var api = await RunningApi.StartAsync();
        var (status, text) = await api.PostAsync(path, body);
        status.ShouldBe(HttpStatusCode.BadRequest, text);
        var error = Error(text);
        error.Error.ShouldContain(message);
        error.Remedy.ShouldNotBeNullOrEmpty();
        api.Control.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_whether_its_length_is_announced_or_not()
    {
        await using var api = await RunningApi.StartAsync();
        var large = $$"""{"to":"{{new string('x', 8192)}}"}""";
        (await api.PostAsync("/v1/switchover", large)).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);

        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/switchover") { Content = new StringContent(large) };
        chunked.Headers.TransferEncodingChunked = true;
        using var answer = await api.Client.SendAsync(chunked, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        api.Control.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_agent_refuses_is_a_conflict_and_what_it_takes_up_can_be_followed()
    {
        await using var api = await RunningApi.StartAsync();
        api.Control.OnCall = (_, _) => Task.FromResult(new CommandResult(false, "orders-fra-3 is 2 GB behind; choose orders-fra-2"));
        var (refused, text) = await api.PostAsync("/v1/switchover", """{"to":"orders-fra-3"}""");
        refused.ShouldBe(HttpStatusCode.Conflict);
        Error(text).Error.ShouldBe("orders-fra-3 is 2 GB behind; choose orders-fra-2");

        api.Control.OnCall = (_, _) => Task.FromResult(new CommandResult(true, "requested", "m-1"));
        api.Control.OnMove = id => id == "m-1" ? new MoveProgress(id, MoveKind.Switchover, "orders-fra-2", "pending", "checkpointing") : null;
        var (taken, accepted) = await api.PostAsync("/v1/switchover");
        taken.ShouldBe(HttpStatusCode.Accepted);
        JsonDocument.Parse(accepted).RootElement.GetProperty("id").GetString().ShouldBe("m-1");

        var (found, move) = await api.GetAsync("/v1/moves/m-1");
        found.ShouldBe(HttpStatusCode.OK);
        JsonSerializer.Deserialize(move, ApiJson.Default.MoveProgress)!.ShouldSatisfyAllConditions(
            progress => progress.Kind.ShouldBe(MoveKind.Switchover), progress => progress.Message.ShouldBe("checkpointing"));
        (await api.GetAsync("/v1/moves/m-2")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_fault_of_coordination_is_503_and_a_bug_is_500_and_told_to_the_log()
    {
        await using var api = await RunningApi.StartAsync();
        api.Control.OnCall = (_, _) => throw new CoordinationException(CoordinationFault.Unreachable, "no endpoint of etcd answers; start it");
        var (status, text) = await api.PostAsync("/v1/pause");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        Error(text).Error.ShouldBe("no endpoint of etcd answers; start it");
        api.Faults.ShouldBeEmpty();

        api.Control.OnCall = (_, _) => throw new InvalidOperationException("a bug");
        (await api.PostAsync("/v1/pause")).Status.ShouldBe(HttpStatusCode.InternalServerError);
        api.Faults.ShouldBe(["POST /v1/pause failed: a bug"]);
    }

    [Fact, Trait("Speed", "Slow")]
    public async Task A_call_that_coordination_does_not_answer_ends_at_its_deadline_and_says_that_it_may_have_been_done()
    {
        await using var api = await RunningApi.StartAsync();
        api.Control.OnCall = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return new CommandResult(true, "never");
        };
        var (status, text) = await api.PostAsync("/v1/pause");
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        Error(text).Error.ShouldContain("may or may not");
    }

    [Fact]
    public async Task An_unknown_path_and_a_wrong_method_are_told_apart()
    {
        await using var api = await RunningApi.StartAsync();
        (await api.GetAsync("/v1/nothing")).Status.ShouldBe(HttpStatusCode.NotFound);
        var (status, text) = await api.GetAsync("/v1/pause");
        status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        Error(text).Remedy.ShouldBe("use POST");
    }

    [Fact]
    public async Task Bytes_that_are_not_HTTP_do_no_harm()
    {
        await using var api = await RunningApi.StartAsync();
        using (var raw = new TcpClient())
        {
            await raw.ConnectAsync("127.0.0.1", api.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
            await raw.GetStream().WriteAsync(Encoding.ASCII.GetBytes("\0\u0001garbage\r\n\r\n"), TestContext.Current.CancellationToken);
            var answer = new byte[64];
            var read = await raw.GetStream().ReadAsync(answer, TestContext.Current.CancellationToken);
            Encoding.ASCII.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 400");
        }

        (await api.GetAsync("/primary")).Status.ShouldBe(HttpStatusCode.OK);
    }

    private static ApiError Error(string text) => JsonSerializer.Deserialize(text, ApiJson.Default.ApiError)!;
}
