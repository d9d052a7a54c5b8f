using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>Sends a changing call to the first agent that can be reached. Once it may have arrived, it is not sent again.</summary>
internal static class ChangeRequest
{
    /// <returns>The agent that took it, and its word.</returns>
    /// <exception cref="CliException">Refused, or nobody could be asked.</exception>
    public static async Task<(MemberSpec Agent, CommandResult Result)> SendAsync(
        AgentClient client, IEnumerable<MemberSpec> agents, string path, string? body, CancellationToken cancellationToken)
    {
        var last = "no agent answers; start one: holdfast agent --member NAME";
        foreach (var agent in agents)
        {
            var answer = await client.ChangeAsync(agent, path, body, cancellationToken);
            if (answer.Value is { } result)
            {
                return (agent, result);
            }

            if (!answer.NotSent)
            {
                var unsure = answer.Status is null ? "; it may have been taken: look at 'holdfast status' before you ask again" : "";
                throw new CliException(ExitCode.Failed, $"{agent.Name}: {answer.Problem}{unsure}");
            }

            last = $"{agent.Name}: {answer.Problem}";
        }

        throw new CliException(ExitCode.Failed, last);
    }

    /// <summary>A JSON object of a name (left out when null) and a flag (left out when false).</summary>
    public static string Body(params IEnumerable<(string Name, object? Value)> fields)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                switch (value)
                {
                    case string text:
                        writer.WriteString(name, text);
                        break;
                    case true:
                        writer.WriteBoolean(name, value: true);
                        break;
                }
            }

            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
