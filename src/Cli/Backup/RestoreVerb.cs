using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast restore</c>.</summary>
internal sealed partial class RestoreVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "The store; needed when several have backups.");
    private readonly Option<string?> _site = Shared.Site(file, "--site", "The site whose repository is read; needed when the store has two.");
    private readonly Option<string> _into = new("--into") { Description = "A new directory on this host.", HelpName = "DIR", Required = true };
    private readonly Option<string?> _time = new("--to-time")
    {
        Description = "All that had committed by then: '2026-11-22 14:31:59Z', or with +01:00 for Z; to a millionth of a second.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _lsn = new("--to-lsn") { Description = "All commits that end at or before this place in the log.", HelpName = "LSN" };
    private readonly Option<bool> _latest = new("--latest") { Description = "As far as the archive goes." };

    public Command Build()
    {
        var verb = new VerbCommand("restore", "restore a store, as it was at some moment, into a new directory")
        {
            Details =
            [
                "Runs on this host and reads the repository, which must be mounted here; agents are not needed. Give one of --to-time, --to-lsn and " +
                "--latest. The members, and what else is in the repository, are not touched: look at the copy, take from it what you need, then remove " +
                "DIR and DIR.holdfast.",
                "The server of the copy is not started. Started by the command that is printed it takes the log up to the moment from the repository, and is " +
                "writable then. It listens on no address, only on a socket in DIR.holdfast, and archives nothing. If the log ends before the moment, it " +
                "says so in DIR.holdfast/server.log and ends.",
            ],
            Examples =
            [
                ("holdfast restore --into /var/tmp/before --to-time '2026-11-22 14:31:59Z'", "just before a table was dropped"),
                ("holdfast restore --into /var/tmp/now --latest", "all there is"),
            ],
            ExitCodes = [(ExitCode.Done, "the files are in place; the command that starts the server is printed")],
        };
        verb.Add(_into);
        verb.Add(_time);
        verb.Add(_lsn);
        verb.Add(_latest);
        verb.Add(_store);
        verb.Add(_site);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var target = Target(parse.GetValue(_time), parse.GetValue(_lsn), parse.GetValue(_latest));
        var (store, site) = Which(file.Load(parse), parse.GetValue(_store), parse.GetValue(_site));
        var progress = new Progress(context.Terminal, context.Time);
        try
        {
            var report = await new PointInTimeRestore(store, site, parse.GetRequiredValue(_into)).RunAsync(
                target, new Shown(progress), cancellationToken);
            progress.End();
            context.Terminal.Plain($"restored into {report.Data}; start it, on this host:");
            context.Terminal.Plain($"  {report.Start}");
            context.Terminal.Plain("and connect to it:");
            context.Terminal.Plain($"  {report.Connect}");
            return ExitCode.Done;
        }
        catch (EngineException exception)
        {
            progress.End();
            throw new CliException(ExitCode.Failed, exception.Message);
        }
    }

    internal static RestoreTarget Target(string? time, string? lsn, bool latest)
    {
        if ((time is null ? 0 : 1) + (lsn is null ? 0 : 1) + (latest ? 1 : 0) != 1)
        {
            throw new CliException(ExitCode.Usage, "give one of --to-time, --to-lsn and --latest; see 'holdfast restore --help'");
        }

        if (time is not null)
        {
            // Without an offset it would be the time of this host, or of the server: an hour's mistake is easily made.
            return HasOffset().IsMatch(time) && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
                ? new RestoreTarget.Time(at)
                : throw new CliException(
                    ExitCode.Usage, $"'{time}' is not a time with its offset; write for example '2026-11-22 14:31:59Z' or '2026-11-22 15:31:59+01:00'");
        }

        if (lsn is not null)
        {
            return Lsn.TryParse(lsn, out var place)
                ? new RestoreTarget.Place(place) : throw new CliException(ExitCode.Usage, $"'{lsn}' is not an LSN such as 0/3000148");
        }

        return new RestoreTarget.Latest();
    }

    internal static (StoreSpec Store, string Site) Which(SystemSpec system, string? name, string? site)
    {
        var all = system.Stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal)
            .SelectMany(store => store.Backup?.Repositories.Values.Select(repository => (Store: store, repository.Site)) ?? [])
            .Where(pair => (name is null || pair.Store.Name == name) && (site is null || pair.Site == site)).ToList();
        return all.Count switch
        {
            1 => all[0],
            0 => throw new CliException(ExitCode.Failed, "no store that could be meant has a backup repository: add 'backup' to it in the file"),
            _ => throw new CliException(
                ExitCode.Usage,
                "more than one repository could be meant; name it with --store and --site: " +
                string.Join(", ", all.Select(pair => $"{pair.Store.Name} at {pair.Site}"))),
        };
    }

    [GeneratedRegex(@"\d\d:\d\d.*([Zz]|[+-]\d\d(:?\d\d)?)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex HasOffset();

    private sealed class Shown(Progress progress) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) =>
            progress.Show(BackupVerb.Text(new(null, default, progress.Elapsed.TotalSeconds, value.Percent, value.Phase)));
    }
}
