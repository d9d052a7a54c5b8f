using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Client;

/// <summary>What <see cref="AgentClient"/> asks about losses.</summary>
internal sealed partial class AgentClient
{
    /// <summary>A list may be long; but some of it must come within this.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RowLimit = TimeSpan.FromSeconds(25);

    public Task<AgentAnswer<LossReport[]>> LossesAsync(MemberSpec agent, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Get, "v1/losses", body: null, LossJson.Plain.LossReportArray, ChangeLimit, cancellationToken);

    public Task<AgentAnswer<RowAnswer>> CheckRowsAsync(MemberSpec agent, RowQuestion question, CancellationToken cancellationToken) =>
        SendAsync(agent, HttpMethod.Post, "v1/losses/rows", JsonSerializer.Serialize(question, LossJson.Plain.RowQuestion),
            LossJson.Plain.RowAnswer, RowLimit, cancellationToken);

    /// <summary>Reads the list of a report, line by line, without holding it.</summary>
    /// <exception cref="CliException">It broke off.</exception>
    public async IAsyncEnumerable<LossLine> LossAsync(
        MemberSpec agent, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(StallLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        using var request = RequestTo(agent, HttpMethod.Get, $"v1/losses/{Uri.EscapeDataString(id)}");
        using var response = await HeadAsync(agent, request, either.Token, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(either.Token));
        while (await LineAsync(agent, reader, either.Token, cancellationToken) is { } line)
        {
            clock.CancelAfter(StallLimit);
            yield return line;
        }
    }

    /// <summary>Has keys of a report brought back, or counted.</summary>
    /// <param name="progress">How far it is, now and then.</param>
    /// <exception cref="CliException">It was refused, or broke off.</exception>
    public async Task<LossRestored> RestoreLossAsync(
        MemberSpec agent, string id, bool dryRun, Action<string> progress, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(StallLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        using var request = RequestTo(agent, HttpMethod.Post, $"v1/losses/{Uri.EscapeDataString(id)}/restore");
        request.Content = new StringContent(ChangeRequest.Body(("dryRun", dryRun)), Encoding.UTF8, "application/json");
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(either.Token));
            if (response.StatusCode != HttpStatusCode.OK)
            {
                var error = JsonSerializer.Deserialize(await reader.ReadToEndAsync(either.Token), ApiJson.Plain.ApiError);
                throw new CliException(ExitCode.Failed, $"{agent.Name}: {error?.Error}{(error?.Remedy is { } remedy ? $"; {remedy}" : "")}");
            }

            while (await reader.ReadLineAsync(either.Token) is { } text)
            {
                clock.CancelAfter(StallLimit);
                var line = JsonSerializer.Deserialize(text, LossJson.Plain.LossRestoreLine) ?? throw new JsonException("a line is null");
                if (line.Done is { } done)
                {
                    return done;
                }

                progress(line.Progress ?? throw new CliException(ExitCode.Failed, $"{agent.Name}: {line.Fault}"));
            }

            throw new IOException("the answer has no end");
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or JsonException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CliException(
                ExitCode.Failed,
                $"{agent.Name} broke off ({fault.Message}){(dryRun ? "" : "; some keys may have been brought back")}: run it again");
        }
    }

    private async Task<HttpResponseMessage> HeadAsync(
        MemberSpec agent, HttpRequestMessage request, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return response;
            }

            response.Dispose();
            throw new CliException(ExitCode.Failed, $"{agent.Name} does not give the list of the report ({(int)response.StatusCode}): ask again");
        }
        catch (Exception fault) when (fault is HttpRequestException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CliException(ExitCode.Failed, $"{agent.Name} does not give the list of the report ({fault.Message}): ask again");
        }
    }

    private static async Task<LossLine?> LineAsync(
        MemberSpec agent, StreamReader reader, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(limited) is { } text
                ? JsonSerializer.Deserialize(text, LossJson.Plain.LossLine) ?? throw new JsonException("a line is null")
                : null;
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or JsonException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CliException(
                ExitCode.Failed, $"the list of {agent.Name} broke off ({fault.Message}): what was printed is not whole; ask again");
        }
    }
}
