using System.Globalization;
using Holdfast.Agent.Backup;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Backup;

/// <summary>Has an agent make a test restore or a scan, and follows it.</summary>
internal sealed class RepositoryTasks(CliContext context, AgentClient client)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    /// <summary>How long an agent may be silent before nobody waits for it any more.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    /// <summary>Agents in the order in which to ask: standbys first, for their hosts have less to do.</summary>
    public static IEnumerable<MemberSpec> Askable(GroupPicture picture) => picture.Group.Members
        .Where(member => !picture.Silent.ContainsKey(member.Name))
        .OrderByDescending(member => picture.Member(member.Name).Healthy).ThenBy(member => member.Name == picture.Status.Primary)
        .ThenBy(member => member.Name, StringComparer.Ordinal);

    /// <returns>How it ended; null: with <paramref name="wait"/> false it was not waited for.</returns>
    /// <exception cref="CliException">Refused, or it cannot be followed any more.</exception>
    public async Task<EndedTask?> RunAsync(IEnumerable<MemberSpec> agents, RepositoryTask task, bool wait, bool quiet, CancellationToken cancellationToken)
    {
        var (agent, result) = await ChangeRequest.SendAsync(
            client, agents, "v1/test-restores", ChangeRequest.Body(("task", task == RepositoryTask.Scan ? "scan" : "test-restore")), cancellationToken);
        if (!wait)
        {
            context.Terminal.Plain($"{result.Message} at {agent.Name}");
            return null;
        }

        var progress = new Progress(context.Terminal, context.Time);
        var heard = context.Time.GetTimestamp();
        using var timer = new PeriodicTimer(LookInterval, context.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var answer = await client.RestoreTestsAsync(agent, cancellationToken);
            if (answer.Value is not { } report)
            {
                if (context.Time.GetElapsedTime(heard) > SilenceLimit)
                {
                    progress.End();
                    throw new CliException(ExitCode.Failed, $"{agent.Name} is silent ({answer.Problem}); look later at 'holdfast backups'");
                }

                continue;
            }

            heard = context.Time.GetTimestamp();
            if (report.Ended is { } ended && ended.Id == result.Id)
            {
                progress.End();
                return ended;
            }

            if (report.Running is not { } running || running.Id != result.Id)
            {
                progress.End();
                throw new CliException(
                    ExitCode.Failed, $"the agent of {agent.Name} has been restarted: what it had begun is over, and its copies are removed; begin anew");
            }

            if (!quiet)
            {
                progress.Show($"{agent.Name}: {BackupVerb.Text(new(null, default, running.Seconds, running.Percent, running.Phase))}");
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>One line for each check.</summary>
    public static IEnumerable<string> Lines(RestoreTestResult result, int width)
    {
        foreach (var moment in result.Moments)
        {
            yield return Terminal.Styled($"  {Terminal.Safe(moment.Target)}", "bold") + (moment.ReadySeconds is { } ready
                ? string.Create(CultureInfo.InvariantCulture, $": took statements after {ready:0.0} s") : "");
            var table = new TextTable(4, new("Check", Shrinks: true), new(""), new("Took", Right: true), new("", Shrinks: true));
            foreach (var check in moment.Checks)
            {
                var (word, style) = check.Outcome switch
                {
                    CheckOutcome.Passed => ("ok", "green"),
                    CheckOutcome.Failed => ("FAILED", "bold red"),
                    _ => ("not run", "yellow"),
                };
                table.Add(
                    new(check.Name), new(word, style), new(string.Create(CultureInfo.InvariantCulture, $"{check.Seconds:0.0} s")), new(check.Detail));
            }

            foreach (var line in table.Render(width))
            {
                yield return line;
            }

            foreach (var check in moment.Checks.Where(check => check.Outcome == CheckOutcome.Failed))
            {
                foreach (var line in TextFlow.Hanging($"{check.Name}: ", check.Detail, 4, 2, width))
                {
                    yield return Terminal.Styled(line, "red");
                }
            }
        }
    }
}
