using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
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
