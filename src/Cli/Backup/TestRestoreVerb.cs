using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Backup;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast test-restore</c>.</summary>
internal sealed class TestRestoreVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "The store; needed when several have backups.");
    private readonly Option<string?> _site = Shared.Site(file, "--site", "The site whose repository is tried; needed when the store has two.");
    private readonly Option<bool> _noWait = Shared.NoWait();
    private readonly Option<bool> _json = new("--json") { Description = "For programs: the result, with each check." };
    private readonly Option<string?> _into = new("--here")
    {
        Description = "Make it by this command, on this host, below DIR; no agent is asked, and the result is not recorded.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _time = new("--to-time")
    {
        Description = "With --here: this moment only, such as '2026-11-22 14:31:59Z'.",
        HelpName = "TIME",
    };

    public Command Build()
    {
        var verb = new VerbCommand("test-restore", "see whether the backups are good: restore, check, remove")
        {
            Details =
            [
                "Restores the latest moment, and a past one that is chosen at random among all that can be restored. Each copy is started apart from " +
                "everything: it archives nothing, listens on no address, and follows nobody. Then it is checked and removed; no member is touched.",
                "The checks: that there is a backup and its files are whole; that the log brings the copy to its end; that no piece of log is missing; " +
                "tables and indexes by amcheck; the assertions in the file; the chunk checksums of all tables against the live member on the same host, " +
                "except those that were changed since; all pages by their checksums. A check that cannot be made here is 'not run', and says why.",
                "The agent of a standby makes it, below the directory that 'backup.test-restore' names, and the result is recorded: 'holdfast status', " +
                "'holdfast backups' and the metrics show it. Ctrl-C ends the following only. With --here this command makes it, and Ctrl-C ends it and " +
                "removes what was made.",
            ],
            Examples =
            [
                ("holdfast test-restore", "now, by the agent of a standby"),
                ("holdfast test-restore --here /var/tmp/try --site fra", "on a host that mounts the repository and has no agent"),
            ],
            ExitCodes = [(ExitCode.Done, "every check passed"), (ExitCode.Failed, "a check failed, or the test could not be made")],
        };
        verb.Add(_store);
        verb.Add(_site);
        verb.Add(_into);
        verb.Add(_time);
        verb.Add(_noWait);
        verb.Add(_json);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var json = parse.GetValue(_json);
        if (parse.GetValue(_into) is { } directory)
        {
            var (store, site) = RestoreVerb.Which(system, parse.GetValue(_store), parse.GetValue(_site));
            var result = await HereAsync(store, site, directory, parse.GetValue(_time), cancellationToken);
            return Show(result, json);
        }

        if (parse.GetValue(_time) is not null)
        {
            throw new CliException(ExitCode.Usage, "--to-time goes with --here; see 'holdfast test-restore --help'");
        }

        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, parse.GetValue(_store), parse.GetValue(_site), member: null, cancellationToken);
        if (group.Store.Backup?.At(group.Site) is null)
        {
            throw new CliException(ExitCode.Failed, $"{group.Name} has no backup repository: add 'backup' to the store in the file");
        }

        var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        var ended = await new RepositoryTasks(context, client).RunAsync(
            RepositoryTasks.Askable(picture), RepositoryTask.TestRestore, !parse.GetValue(_noWait), json, cancellationToken);
        return ended switch
        {
            null => ExitCode.Done,
            { Test: { } made } => Show(made, json),
            _ => throw new CliException(ExitCode.Failed, ended.Message),
        };
    }

    private async Task<RestoreTestResult> HereAsync(StoreSpec store, string site, string directory, string? time, CancellationToken cancellationToken)
    {
        DateTimeOffset? at = time is null ? null : RestoreVerb.TimeOf(time);
        var spec = (store.Backup!.RestoreTest ?? new RestoreTestSpec { Directory = "" }) with { Directory = Path.GetFullPath(directory) };
        var progress = new Progress(context.Terminal, context.Time);
        var (id, seed) = (Guid.NewGuid().ToString("N")[..12], Random.Shared.NextInt64());
        var (began, startedAt) = (context.Time.GetTimestamp(), context.Time.GetUtcNow().ToUnixTimeSeconds());
        try
        {
            var moments = await new RestoreTester(store, site, "holdfast test-restore", live: null, context.Time).RunAsync(
                new RestoreTestOrder(id, spec, seed, at), new Shown(progress), cancellationToken);
            progress.End();
            return new RestoreTestResult(
                id, store.Name, site, Environment.MachineName, startedAt, context.Time.GetElapsedTime(began).TotalSeconds, seed, null, moments);
        }
        catch (EngineException exception)
        {
            progress.End();
            throw new CliException(ExitCode.Failed, exception.Message);
        }
    }

    private int Show(RestoreTestResult result, bool json)
    {
        if (json)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(result, ApiJson.Plain.RestoreTestResult));
        }
        else
        {
            foreach (var row in RepositoryTasks.Lines(result, context.Terminal.Width))
            {
                context.Terminal.Line(row);
            }

            var line = $"{result.Store} at {result.Site}, tried at {result.Member}: {result.Summary()}";
            context.Terminal.Line(Terminal.Styled(line, result.IsOk ? "green" : "bold red"));
        }

        return result.IsOk ? ExitCode.Done : ExitCode.Failed;
    }

    private sealed class Shown(Progress progress) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) =>
            progress.Show(BackupVerb.Text(new(null, default, progress.Elapsed.TotalSeconds, value.Percent, value.Phase)));
    }
}
