using System.CommandLine;
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
internal sealed class RestoreVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "The store; needed when several have backups.");
    private readonly Option<string?> _site = Shared.Site(file, "--site", "The site whose repository is read; needed when the store has two.");
    private readonly Option<string?> _into = new("--into") { Description = "A new directory on this host.", HelpName = "DIR" };
    private readonly Option<bool> _inPlace = new("--in-place")
    {
        Description = "Restore the store itself: nobody can use it until that is done, and what came after the moment is gone from it.",
    };

    private readonly Option<string?> _as = new("--as")
    {
        Description = "Make it the first data of this other store of the file, which has none yet.",
        HelpName = "NEW",
    };

    private readonly Option<string?> _member = new("--member")
    {
        Description = "With --as: the member of the new store whose host this is; needed when it has several.",
        HelpName = "MEMBER",
    };

    private readonly Option<bool> _takeBack = new("--take-back")
    {
        Description = "End a restore in place that is under way, and let the store be as it was before.",
    };

    private readonly Option<string?> _time = new("--to-time")
    {
        Description = "All that had committed by then: '2026-11-22 14:31:59Z', or with +01:00 for Z; to a millionth of a second.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _lsn = new("--to-lsn") { Description = "All commits that end at or before this place in the log.", HelpName = "LSN" };
    private readonly Option<string?> _name = new("--to-name")
    {
        Description = "Up to a restore point that was made with SELECT pg_create_restore_point('NAME').",
        HelpName = "NAME",
    };

    private readonly Option<bool> _latest = new("--latest") { Description = "As far as the archive goes." };
    private readonly Option<string?> _backup = new("--from")
    {
        Description = "The backup to begin with, as 'holdfast backups' names it. Default: the newest from before TIME or LSN; for a NAME the newest " +
            "of all, which must be older than the restore point.",
        HelpName = "BACKUP",
    };

    private readonly Option<uint?> _timeline = new("--timeline")
    {
        Description = "The history to follow, such as one that a restore in place has replaced. Default: the newest.",
        HelpName = "NUMBER",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "With --in-place: only say what would be done, or why it cannot be." };
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly Option<bool> _noWait = Shared.NoWait();

    public Command Build()
    {
        var verb = new VerbCommand("restore", "restore a store, as it was at some moment")
        {
            Details =
            [
                "Give one of --to-time, --to-lsn, --to-name and --latest, and where to: --into, --as or --in-place.",
                "--into DIR runs on this host and reads the repository, which must be mounted here; agents are not needed. The members, and what else is " +
                "in the repository, are not touched: look at the copy, take from it what you need, then remove DIR and DIR.holdfast. " +
                "The server of the copy is not started. Started by the command that is printed it takes the log up to the moment from the repository, and is " +
                "writable then. It listens on no address, only on a socket in DIR.holdfast, and archives nothing. If the log ends before the moment, it " +
                "says so in DIR.holdfast/server.log and ends.",
                "--as NEW runs on the host of a member of NEW, before any agent of NEW does. It reads the repository as --into does, takes the data up " +
                "to the moment and onto a history of their own, and leaves them for that member's agent to begin the store with; the others clone it. " +
                "What was restored from is not touched.",
                "--in-place is done by the primary's agent, under a new epoch. Nobody can connect until it is done. The primary's data directory is " +
                "set aside, beside the new one, and stays there until you remove it; the command for that is printed. The restored store goes on as a " +
                "timeline of its own. The standbys are cloned anew, and until the first is, there is one copy. If the moment cannot be reached, the store " +
                "comes back as it was. An agent that restarts goes on with it; --take-back ends it, also when the member that restores is lost.",
                "Ctrl-C ends a restore with --into or --as, and removes what that has made. Of one with --in-place it ends the following only: " +
                "the restore goes on. " +
                "A store with two sites is not restored in place.",
            ],
            Examples =
            [
                ("holdfast restore --into /var/tmp/before --to-time '2026-11-22 14:31:59Z'", "just before a table was dropped"),
                ("holdfast restore --into /var/tmp/now --latest", "all there is"),
                ("holdfast restore --store orders --as rehearsal --member rehearsal-1 --latest", "another store of it"),
                ("holdfast restore --in-place --to-name before-migration --dry-run", "what would become of the store?"),
                ("holdfast restore --in-place --to-name before-migration", "asks first"),
                ("holdfast restore --take-back", "no, leave it as it was"),
            ],
            ExitCodes = [(ExitCode.Done, "the files are in place and the command that starts the server is printed; in place: the restored store serves")],
        };
        foreach (var option in new Option[]
            { _into, _as, _member, _inPlace, _takeBack, _time, _lsn, _name, _latest, _backup, _timeline, _store, _site, _dryRun, _yes, _noWait })
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var into = parse.GetValue(_into);
        var name = parse.GetValue(_as);
        if ((into is null ? 0 : 1) + (name is null ? 0 : 1) + (parse.GetValue(_inPlace) ? 1 : 0) + (parse.GetValue(_takeBack) ? 1 : 0) != 1)
        {
            throw new CliException(ExitCode.Usage, "give one of --into, --as, --in-place and --take-back; see 'holdfast restore --help'");
        }

        if (name is null && parse.GetValue(_member) is not null)
        {
            throw new CliException(ExitCode.Usage, "--member goes with --as; see 'holdfast restore --help'");
        }

        if (into is null && name is null)
        {
            var inPlace = new RestoreInPlace(context, file.Load(parse), parse.GetValue(_store), parse.GetValue(_noWait));
            return parse.GetValue(_takeBack)
                ? await inPlace.TakeBackAsync(parse.GetValue(_yes), cancellationToken)
                : await inPlace.RunAsync(Asked(parse), parse.GetValue(_dryRun), parse.GetValue(_yes), cancellationToken);
        }

        if (parse.GetValue(_dryRun))
        {
            throw new CliException(ExitCode.Usage, "--dry-run goes with --in-place: the others change nothing that exists");
        }

        var request = Asked(parse);
        var system = file.Load(parse);
        var (store, site) = Which(system, parse.GetValue(_store), parse.GetValue(_site), but: name);
        if (into is null)
        {
            return await new NewStore(context, system, name!, parse.GetValue(_member)).RunAsync(store, site, request, cancellationToken);
        }

        var report = await ToEndAsync(
            context, into, progress => new PointInTimeRestore(store, site, into).RunAsync(request, new Shown(progress), cancellationToken), cancellationToken);
        context.Terminal.Plain($"restored into {report.Data}; start it, on this host:");
        context.Terminal.Plain($"  {report.Start}");
        context.Terminal.Plain("and connect to it:");
        context.Terminal.Plain($"  {report.Connect}");
        return ExitCode.Done;
    }

    /// <summary>A restore to its end, with its progress shown.</summary>
    /// <param name="place">The directory that it makes.</param>
    internal static async Task<T> ToEndAsync<T>(CliContext context, string place, Func<Progress, Task<T>> restore, CancellationToken cancellationToken)
    {
        var progress = new Progress(context.Terminal, context.Time);
        try
        {
            var report = await restore(progress);
            progress.End();
            return report;
        }
        catch (Exception exception) when ((exception is OperationCanceledException or EngineException) && cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C on a terminal reaches pgBackRest as well, which may be the first to tell.
            progress.End();
            throw new CliException(ExitCode.Interrupted, $"interrupted; nothing was restored, and {place} is as it was before");
        }
        catch (EngineException exception)
        {
            progress.End();
            throw new CliException(ExitCode.Failed, exception.Message);
        }
    }

    private RestoreRequest Asked(ParseResult parse)
    {
        var (time, lsn, name, latest) = (parse.GetValue(_time), parse.GetValue(_lsn), parse.GetValue(_name), parse.GetValue(_latest));
        if ((time is null ? 0 : 1) + (lsn is null ? 0 : 1) + (name is null ? 0 : 1) + (latest ? 1 : 0) != 1)
        {
            throw new CliException(ExitCode.Usage, "give one of --to-time, --to-lsn, --to-name and --latest; see 'holdfast restore --help'");
        }

        RestoreTarget target = time is not null ? new RestoreTarget.Time(TimeOf(time))
            : lsn is not null ? new RestoreTarget.Place(LsnOf(lsn))
            : name is not null ? new RestoreTarget.Point(NameOf(name))
            : new RestoreTarget.Latest();
        return target.From(parse.GetValue(_backup), parse.GetValue(_timeline));
    }

    internal static DateTimeOffset TimeOf(string time) =>
        RestoreMoment.TryParseTime(time, out var at)
            ? at
            : throw new CliException(
                ExitCode.Usage, $"'{time}' is not a time with its offset; write for example '2026-11-22 14:31:59Z' or '2026-11-22 15:31:59+01:00'");

    private static Lsn LsnOf(string lsn) => Lsn.TryParse(lsn, out var place)
        ? place : throw new CliException(ExitCode.Usage, $"'{lsn}' is not an LSN such as 0/3000148");

    private static string NameOf(string name) =>
        RestoreMoment.IsName(name)
            ? name : throw new CliException(ExitCode.Usage, $"'{name}' is not the name of a restore point: it has 1 to 63 bytes, on one line");

    internal static (StoreSpec Store, string Site) Which(SystemSpec system, string? name, string? site, string? but = null)
    {
        var all = system.Stores.Values.OrderBy(store => store.Name, StringComparer.Ordinal)
            .SelectMany(store => store.Backup?.Repositories.Values.Select(repository => (Store: store, repository.Site)) ?? [])
            .Where(pair => (name is null ? pair.Store.Name != but : pair.Store.Name == name) && (site is null || pair.Site == site)).ToList();
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

    private sealed class Shown(Progress progress) : IProgress<BackupProgress>
    {
        public void Report(BackupProgress value) =>
            progress.Show(BackupVerb.Text(new(null, default, progress.Elapsed.TotalSeconds, value.Percent, value.Phase)));
    }
}
