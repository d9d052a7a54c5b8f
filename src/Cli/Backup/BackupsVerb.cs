using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Backup;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Backup;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast backups</c>.</summary>
internal sealed class BackupsVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "Only this store.");
    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Read every file of the repositories first, compare it with its checksum, and look for log that is missing.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "For programs: one report for each site with a repository." };

    public Command Build()
    {
        var verb = new VerbCommand("backups", "show what backups there are and what can be restored")
        {
            Details =
            [
                "Asks an agent of each site that has a repository, the primary's first. For each: the backups, the stretches of time of which any moment " +
                "can be restored, the gaps in the archive of log, and how archiving goes.",
                "With --verify an agent, a standby's where there is one, reads the whole repository, which takes as long as that takes; what is found is " +
                "named and remembered. Only 'holdfast test-restore' shows that a backup can be restored.",
                "A stretch begins when a backup ended. Its end is when the last piece of log in it was archived: what was committed before is in it.",
            ],
            Examples =
            [
                ("holdfast backups", "of all stores"),
                ("holdfast backups --verify", "read all of it, and show what is wrong"),
                ("holdfast backups --json", "the same, for programs"),
            ],
            ExitCodes = [(ExitCode.Failed, "no agent of a site answered, a repository has a problem, or a scan found something")],
        };
        verb.Add(_store);
        verb.Add(_verify);
        verb.Add(_json);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var groups = Group.All(system, parse.GetValue(_store)).Where(group => group.Store.Backup?.At(group.Site) is not null).ToList();
        if (groups.Count == 0)
        {
            throw new CliException(ExitCode.Failed, "no store has a backup repository: add 'backup' to the store in the file");
        }

        using var client = new AgentClient(system, context.Time);
        var (found, json) = (false, parse.GetValue(_json));
        foreach (var group in parse.GetValue(_verify) ? groups : [])
        {
            found |= !await ScanAsync(client, group, json, cancellationToken);
        }

        var answers = await Task.WhenAll(groups.Select(group => AskAsync(client, group, cancellationToken)));
        var reports = answers.Where(answer => answer.Report is not null).Select(answer => answer.Report!).ToArray();
        if (json)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(reports, ApiJson.Plain.BackupReportArray));
        }
        else
        {
            foreach (var report in reports)
            {
                Print(report);
            }
        }

        foreach (var (group, answer) in groups.Zip(answers).Where(pair => pair.Second.Report is null))
        {
            context.Terminal.Error.WriteLine($"holdfast: {group.Name}: {answer.Problem}");
        }

        return found || reports.Length < groups.Count || reports.Any(report => report.Problem is not null) ? ExitCode.Failed : ExitCode.Done;
    }

    /// <returns>Nothing is wrong.</returns>
    private async Task<bool> ScanAsync(AgentClient client, Group group, bool quiet, CancellationToken cancellationToken)
    {
        var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        var ended = await new RepositoryTasks(context, client).RunAsync(
            RepositoryTasks.Askable(picture), RepositoryTask.Scan, wait: true, quiet, cancellationToken);
        return ended switch
        {
            { Scan: { } scan } => scan.IsOk,
            { Ok: true } => true,
            { } other => throw new CliException(ExitCode.Failed, $"{group.Name}: {other.Message}"),
            _ => false,
        };
    }

    /// <summary>The primary knows most; any other can look into the repository too.</summary>
    private static async Task<(BackupReport? Report, string? Problem)> AskAsync(AgentClient client, Group group, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(group.Members.Select(member => client.BackupsAsync(member, cancellationToken)));
        var reports = answers.Select(answer => answer.Value).OfType<BackupReport>().ToList();
        return reports.Count == 0
            ? (null, answers[0].Problem)
            : (reports.Find(report => report.Archive is not null) ?? reports.Find(report => report.Problem is null) ?? reports[0], null);
    }

    private void Print(BackupReport report)
    {
        var terminal = context.Terminal;
        terminal.Line($"{Terminal.Styled($"{report.Store} at {report.Site}", "bold")}, repository {Terminal.Safe(report.Repository)}: " +
            $"{Terminal.Safe(report.Place)}{(report.Encrypted ? ", encrypted" : ", not encrypted")}");
        if (report.Problem is { } problem)
        {
            terminal.Line(Terminal.Styled($"  {problem}", "red"));
        }

        var table = new TextTable(2, new("Backup", Shrinks: true), new("Type"), new("Ended (UTC)"), new("Took", Right: true), new("Copied", Right: true),
            new("Stored", Right: true), new("Log from"), new("to"), new(""));
        foreach (var backup in report.Backups)
        {
            var useless = report.Restorable is { } known && known.Useless.Contains(backup.Label);
            table.Add(
                new(backup.Label), new(BackupTiming.Name(backup.Type)), new(When(backup.EndedAt)),
                new(string.Create(CultureInfo.InvariantCulture, $"{backup.EndedAt - backup.StartedAt} s")),
                new(Amounts.Bytes(backup.CopiedBytes)), new(Amounts.Bytes(backup.StoredBytes)), new(backup.From.ToString()), new(backup.To.ToString()),
                new(useless ? "of no use: its log is not whole" : backup.IsDamaged ? "damaged pages" : "", "red"));
        }

        if (report.Backups.IsEmpty)
        {
            terminal.Plain("  no backup yet: holdfast backup");
        }
        else
        {
            foreach (var line in table.Render(terminal.Width))
            {
                terminal.Line(line);
            }
        }

        PrintRestorable(report);
        PrintArchive(report);
        if (report.Running is { } running)
        {
            terminal.Plain($"  Running      {BackupTiming.Name(running.Type)}, {BackupVerb.Text(running)}");
        }

        if (report.Last is { Label: null } failed)
        {
            terminal.Line(Terminal.Styled($"  Last failed  {failed.Message}", "red"));
        }

        PrintEvidence(report);
        if (report.Schedule is { } schedule)
        {
            terminal.Plain($"  Schedule     {schedule}");
        }
    }

    private void PrintRestorable(BackupReport report)
    {
        foreach (var window in report.Restorable?.Windows ?? [])
        {
            context.Terminal.Plain(window.To is { } to
                ? $"  Restorable   {When(window.From)} to {When(to)} UTC, {window.FromLsn} to {window.ToLsn}, timeline {window.Timeline}"
                : $"  Restorable   {When(window.From)} UTC, {window.FromLsn}, timeline {window.Timeline}");
        }

        foreach (var gap in report.Restorable?.Gaps ?? [])
        {
            context.Terminal.Line(Terminal.Styled(
                $"  Gap          {gap.First} to {gap.Last}, timeline {gap.Timeline}: {gap.Pieces} pieces of log are missing", "red"));
        }

        if (report.Restorable is { IsCutOff: true })
        {
            context.Terminal.Line(Terminal.Styled("  Cut off      log is missing after the newest backup; take another: holdfast backup", "red"));
        }
    }

    /// <summary>How it is known that they are good.</summary>
    private void PrintEvidence(BackupReport report)
    {
        var terminal = context.Terminal;
        if (report.Scan is { } scan)
        {
            terminal.Line(Terminal.Styled(string.Create(
                CultureInfo.InvariantCulture,
                $"  Verified     {When(scan.At)} UTC at {scan.Member}, {scan.Files} files and {scan.Pieces} pieces of log in {scan.Seconds:0} s: ") +
                (scan.IsOk ? "nothing is wrong" : $"{scan.Findings.Length} findings"), scan.IsOk ? "" : "red"));
            foreach (var line in scan.Findings.SelectMany(finding => TextFlow.Hanging("", finding, 15, 2, terminal.Width)))
            {
                terminal.Line(Terminal.Styled(line, "red"));
            }
        }

        if (report.Tested is { Last: var last } tested)
        {
            var ok = tested.LastOkAt is { } at && !last.IsOk ? $"; the last that succeeded: {When(at)} UTC" : "";
            terminal.Line(Terminal.Styled($"  Test restore {When(last.StartedAt)} UTC at {last.Member}: {last.Summary()}{ok}", last.IsOk ? "" : "red"));
        }
        else if (!report.Backups.IsEmpty)
        {
            terminal.Line(Terminal.Styled("  Test restore none yet: holdfast test-restore", "yellow"));
        }
    }

    private static string When(long seconds) => Amounts.When(DateTimeOffset.FromUnixTimeSeconds(seconds));

    private void PrintArchive(BackupReport report)
    {
        if (report.Archive is not { } archive)
        {
            return;
        }

        var state = archive.FailingSeconds is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"failing for {seconds:0} s, {archive.Waiting} pieces wait") : $"{archive.Waiting} pieces wait";
        context.Terminal.Line(Terminal.Styled(
            $"  Archive      last {archive.LastPiece ?? "none yet"}, {state}{(archive.GivenUp is { } lost ? $"; given up: {lost}" : "")}",
            archive.FailingSeconds is null && archive.GivenUp is null ? "" : "red"));
    }
}
