using System.Net;
using System.Text.Json;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Agent.Tests.Api;

public sealed class LossEndpointTests
{
    [Fact]
    public async Task Losses_are_users_data_so_they_need_the_token()
    {
        await using var api = await RunningApi.StartAsync(token: "s3cret");
        (HttpMethod, string)[] calls =
        [
            (HttpMethod.Get, "/v1/losses"), (HttpMethod.Get, "/v1/losses/x"), (HttpMethod.Post, "/v1/losses/rows"), (HttpMethod.Post, "/v1/losses/x/restore"),
        ];
        foreach (var (method, path) in calls)
        {
            (await api.SendAsync(method, path)).Status.ShouldBe(HttpStatusCode.Unauthorized, path);
            (await api.SendAsync(method, path, token: "wrong")).Status.ShouldBe(HttpStatusCode.Forbidden, path);
        }

        (await api.SendAsync(HttpMethod.Get, "/v1/losses", token: "s3cret")).ShouldBe((HttpStatusCode.OK, "[]"));
        api.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reports_and_their_lists_are_handed_out_and_what_is_not_there_is_refused()
    {
        await using var api = await RunningApi.StartAsync();
        api.Control.OwnLosses.All.Add(SampleLoss.Report("orders-fra-1"));
        api.Control.OwnLosses.Lists[SampleLoss.Id] = SampleLoss.Lines;
        var reports = JsonSerializer.Deserialize((await api.GetAsync("/v1/losses")).Body, LossJson.Default.LossReportArray)!;
        reports.ShouldHaveSingleItem().LastKnown!.Sequence.ShouldBe(817);
        var (status, body) = await api.GetAsync($"/v1/losses/{SampleLoss.Id}");
        status.ShouldBe(HttpStatusCode.OK);
        body.TrimEnd().Split('\n').Length.ShouldBe(SampleLoss.Lines.Count);
        (await api.GetAsync("/v1/losses/..%2F..%2Fmember.json")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Rows_are_asked_of_the_primary_only_and_a_wrong_question_is_refused()
    {
        await using var api = await RunningApi.StartAsync();
        const string Question = """
            {"database":"shop","table":{"schema":"public","name":"orders"},"key":["id"],"columns":["id"],"keys":[["3"],["4"]],
             "firstNewXid":740,"wholeTable":false}
            """;
        (await api.PostAsync("/v1/losses/rows", Question)).Status.ShouldBe(HttpStatusCode.Conflict);
        api.Control.OwnLosses.OnQuestion = question => new RowAnswer(
            [.. question.Keys.Select(key => key[0] == "3" ? new RowFound(true, ["3"]) : null)]);
        var (status, body) = await api.PostAsync("/v1/losses/rows", Question);
        status.ShouldBe(HttpStatusCode.OK);
        var rows = JsonSerializer.Deserialize(body, LossJson.Default.RowAnswer)!.Rows;
        rows[0]!.IsWrittenSince.ShouldBe(true);
        rows[1].ShouldBeNull();
        var wrong = Question.Replace("[\"4\"]", "[]", StringComparison.Ordinal);
        (await api.PostAsync("/v1/losses/rows", wrong)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await api.PostAsync("/v1/losses/rows", "nonsense")).Status.ShouldBe(HttpStatusCode.BadRequest);
        api.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asks_for_keys_is_told_that_it_goes_on_and_when_he_leaves_it_ends()
    {
        await using var api = await RunningApi.StartAsync();
        (await api.PostAsync("/v1/losses/x/restore", "{}")).Status.ShouldBe(HttpStatusCode.Conflict);
        var nothing = new KeyTally(0, []);
        var go = new TaskCompletionSource();
        api.Control.OwnLosses.OnRestore = async (id, dryRun, progress, token) =>
        {
            progress.Report(new JobProgress($"{id} {dryRun}"));
            await go.Task.WaitAsync(token);
            return new LossRestored
            {
                Report = id,
                Store = "orders",
                Member = "a",
                Primary = "b",
                IsDryRun = dryRun,
                Restored = nothing,
                Same = nothing,
                Other = nothing,
                Removed = nothing,
                Expired = nothing,
                Failed = nothing,
            };
        };
        var stop = TestContext.Current.CancellationToken;
        using (var response = await BeginAsync(api, stop))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
            Line(await reader.ReadLineAsync(stop)).Progress.ShouldBe("x True");
            go.SetResult();
            var lines = (await reader.ReadToEndAsync(stop)).TrimEnd().Split('\n');
            Line(lines[^1]).Done!.IsDryRun.ShouldBeTrue();
        }

        var ended = new TaskCompletionSource();
        api.Control.OwnLosses.OnRestore = async (_, _, _, token) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
            finally
            {
                ended.SetResult();
            }

            throw new EngineException("it cannot come to this");
        };
        (await BeginAsync(api, stop)).Dispose();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), stop);
    }

    private static Task<HttpResponseMessage> BeginAsync(RunningApi api, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/losses/x/restore") { Content = new StringContent("""{"dryRun":true}""") };
        return api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
    }

    private static LossRestoreLine Line(string? text) => JsonSerializer.Deserialize(text!, LossJson.Default.LossRestoreLine)!;
}
