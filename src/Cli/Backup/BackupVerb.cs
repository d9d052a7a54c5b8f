using System.CommandLine;
using System.Globalization;
using Holdfast.Agent.Backup;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast backup</c>.</summary>
internal sealed class BackupVerb(CliContext context, FileChoice file)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);
    /// <summary>How long an agent may be silent before nobody waits for it any more.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    private readonly Option<string?> _store = Shared.Store(file, "The store; needed when the file has several.");
    private readonly Option<bool> _noWait = Shared.NoWait();
    private readonly Option<string> _type = new("--type")
    {
        Description = "full, differential (what changed since the last full one) or incremental (since the last one of any kind).",
        HelpName = "TYPE",
        DefaultValueFactory = _ => "incremental",
    };

    public Command Build()
    {
        _type.AcceptOnlyFromAmong("full", "differential", "incremental");
        var verb = new VerbCommand("backup", "take a backup now")
        {
            Details =
            [
                "The primary's agent takes it, into the repository of its site, and lets go of what the declared retention no longer keeps. " +
                "Where nothing is there to build on, it becomes a full one.",
                "Ctrl-C ends the following only: the backup goes on. When the primary changes meanwhile it is ended, and what was copied is of use to " +
                "the next.",
            ],
            Examples =
            [
                ("holdfast backup", "what changed since the last one"),
                ("holdfast backup --type full --no-wait", "everything, and do not wait for it"),
            ],
            ExitCodes = [(ExitCode.Done, "the backup is in the repository (with --no-wait: the request was taken)")],
        };
        verb.Add(_type);
        verb.Add(_store);
        verb.Add(_noWait);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, parse.GetValue(_store), site: null, member: null, cancellationToken);
        if (group.Store.Backup?.At(group.Site) is null)
        {
            throw new CliException(ExitCode.Failed, $"{group.Name} has no backup repository: add 'backup' to the store in the file");
        }

        var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        var primary = group.Members.FirstOrDefault(member => member.Name == picture.Status.Primary)
            ?? throw new CliException(ExitCode.Failed, $"{group.Name} has no primary now; see 'holdfast status'");
        var (agent, result) = await ChangeRequest.SendAsync(
            client, [primary], "v1/backups", ChangeRequest.Body(("type", parse.GetValue(_type))), cancellationToken);
        if (parse.GetValue(_noWait))
        {
            context.Terminal.Plain(result.Message);
            return ExitCode.Done;
        }

        try
        {
            return await FollowAsync(client, group, agent, result.Id!, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Interrupted, $"interrupted; the backup goes on at {agent.Name}: see 'holdfast backups'");
        }
    }

    private async Task<int> FollowAsync(AgentClient client, Group group, MemberSpec agent, string id, CancellationToken cancellationToken)
    {
        var progress = new Progress(context.Terminal, context.Time);
        var heard = context.Time.GetTimestamp();
        using var timer = new PeriodicTimer(LookInterval, context.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var answer = await client.BackupActivityAsync(agent, cancellationToken);
            if (answer.Value is not { } activity)
            {
                progress.Show($"{agent.Name} does not answer: {answer.Problem}");
                var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
                if (picture.SomebodyAnswered && picture.Status.Primary is { } now && now != agent.Name)
                {
                    progress.End();
                    throw new CliException(
                        ExitCode.Failed, $"{agent.Name} is silent, and {now} is the primary now: that backup is not whole; ask for another: holdfast backup");
                }

                if (context.Time.GetElapsedTime(heard) > SilenceLimit)
                {
                    progress.End();
                    throw new CliException(ExitCode.Failed, $"{agent.Name} is silent ({answer.Problem}); look later at 'holdfast backups'");
                }

                continue;
            }

            heard = context.Time.GetTimestamp();
            if (activity.Last is { } last && last.Id == id)
            {
                progress.End();
                return last.Label is null
                    ? throw new CliException(ExitCode.Failed, last.Message)
                    : Done((await client.BackupsAsync(agent, cancellationToken)).Value, last.Label);
            }

            if (activity.Running is not { } running || running.Id != id)
            {
                progress.End();
                throw new CliException(
                    ExitCode.Failed, $"the agent of {agent.Name} has been restarted, and knows nothing of the backup any more; see 'holdfast backups'");
            }

            progress.Show(Text(running));
        }

        return ExitCode.Interrupted;
    }

    /// <param name="report">Null: the repository could not be looked at now.</param>
    private int Done(BackupReport? report, string label)
    {
        var backup = report?.Backups.FirstOrDefault(backup => backup.Label == label);
        context.Terminal.Plain(backup is null
            ? $"backup {label} is taken"
            : $"backup {label} is taken: {BackupTiming.Name(backup.Type)}, {Status.Amounts.Bytes(backup.CopiedBytes)} copied, " +
              $"{Status.Amounts.Bytes(backup.StoredBytes)} stored, {backup.EndedAt - backup.StartedAt} s");
        return ExitCode.Done;
    }

    /// <summary>With the time that is left, at the pace so far.</summary>
    internal static string Text(RunningBackup running)
    {
        if (running.Percent is not { } percent)
        {
            return running.Phase;
        }

        var left = percent > 0 ? running.Seconds * (100 - percent) / percent : (double?)null;
        return string.Create(CultureInfo.InvariantCulture, $"{running.Phase} {percent:0} %{(left is { } seconds ? $", about {seconds:0} s left" : "")}");
    }
}
