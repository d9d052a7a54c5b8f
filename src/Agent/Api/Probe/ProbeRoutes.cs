using Holdfast.Agent.Api.Changes;
using Holdfast.Core.Topology;
using Holdfast.Engines.Facts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Probe;

/// <summary>
/// Measures for a plan, for bearers of the token: <c>POST /v1/probe/member</c> and <c>/v1/probe/link</c>, one at a time, and what the agent at the
/// other end needs for the latter, <c>/v1/probe/echo</c> and <c>/v1/probe/sink</c>. Each is bounded and ends when the caller goes away.
/// </summary>
/// <param name="facts">Null: this store's kind cannot be measured; the way to other agents still can.</param>
internal sealed class ProbeRoutes(IAgentControl control, IFactProbe? facts, CallerRule callers, TimeProvider time)
{
    private const string What = "probes";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);
    /// <summary>Shorter than the command waits, so that it is told why.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(18);

    private readonly Slot _slot = new();
    private readonly LinkMeter _link = new(control.System, control.Member, time);
    private readonly SinkRoute _sink = new(time);

    private MemberSpec Self => control.Member;

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, "/v1/probe/member", context => AloneAsync(context, [], async (_, token) =>
            await Answer.JsonAsync(context, StatusCodes.Status200OK, await MemberAsync(token), ApiJson.Plain.MemberFacts)));
        Post(routes, "/v1/probe/link", context => AloneAsync(context, ["to"], async (body, token) =>
            await Answer.JsonAsync(context, StatusCodes.Status200OK, await _link.MeasureAsync(Other(body.Text("to")), token), ApiJson.Plain.LinkProbe)));
        Post(routes, LinkMeter.Echo, context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        Post(routes, LinkMeter.Sink, _sink.AnswerAsync);
    }

    private void Post(IEndpointRouteBuilder routes, string path, RequestDelegate answer) =>
        routes.MapMethods(path, [HttpMethods.Post], (RequestDelegate)(context =>
        {
            callers.Require(context, What);
            return answer(context);
        }));

    /// <summary>Two at a time would measure each other.</summary>
    private async Task AloneAsync(HttpContext context, string[] fields, Func<RequestBody, CancellationToken, Task> answer)
    {
        using var deadline = RequestDeadline.Start(context, time, Limit);
        try
        {
            var body = await RequestBody.ReadAsync(context, fields, deadline.Token);
            using var stay = _slot.TryEnter() ?? throw new ApiRefusalException(
                StatusCodes.Status409Conflict, $"{Self.Name} is being probed already", $"ask again when that has ended, within {Limit.TotalSeconds:0} s");
            await answer(body, deadline.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiRefusalException(
                StatusCodes.Status504GatewayTimeout, $"probing {Self.Name} takes longer than {Limit.TotalSeconds:0} s", "see 'holdfast status'");
        }
    }

    private async Task<MemberFacts> MemberAsync(CancellationToken cancellationToken)
    {
        if (facts is null)
        {
            throw new ApiRefusalException(
                StatusCodes.Status409Conflict, $"a store of kind {control.Store.Kind} cannot be measured", "declare its figures in the file");
        }

        var seen = await facts.MeasureAsync(Look, cancellationToken);
        return new MemberFacts(
            control.Store.Name, Self.Name, Spreads.Of(seen.Flushes),
            seen.Server is { } server
                ? new ServerFacts(
                    server.SizeBytes, server.LogBytesPerSecond, server.CommitsPerSecond, server.AverageSeconds, server.RecentLogBytesPerSecond,
                    server.Connections)
                : null,
            [.. seen.Standbys.Select(standby => new StandbyLag(
                standby.Member, Spreads.Of(standby.Flushes), Spreads.Of(standby.Replays), Spreads.Of(standby.Bytes)!))],
            seen.Problems);
    }

    private MemberSpec Other(string? name)
    {
        var others = control.Store.Members.Keys.Where(member => member != Self.Name);
        var remedy = $"the others of {control.Store.Name} are: {string.Join(", ", others)}";
        if (name is null)
        {
            throw new ApiRefusalException(StatusCodes.Status400BadRequest, "'to' is missing: the member to which the way is measured", remedy);
        }

        if (name == Self.Name)
        {
            throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"'{name}' is this member itself: there is no way to measure", remedy);
        }

        return control.System.FindMember(name)?.Member
            ?? throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"'{name}' is not a member of system {control.System.Name}", remedy);
    }
}
