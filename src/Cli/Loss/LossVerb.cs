using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Loss;

/// <summary><c>holdfast loss</c>.</summary>
internal sealed class LossVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _member = new("--member", "-m") { Description = "Only what this deposed primary had.", HelpName = "MEMBER" };
    private readonly Option<string?> _report = new("--report") { Description = "Only this report, by its name.", HelpName = "ID" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON: reports, their transactions, and the changes of each." };
    private readonly Option<bool> _sql = new("--sql") { Description = "Print a script for psql that does the lost changes of one report again." };
    private readonly Option<bool> _noCheck = new("--no-check") { Description = "Do not ask the present primary what has become of the rows." };
    private readonly Option<bool> _restore = new("--restore")
    {
        Description = "Bring back the keys of one report that the present primary lacks; none that is there is touched. Redis and Valkey only.",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "With --restore: only count and name what would be brought back." };
    private readonly Option<bool> _yes = Shared.Yes();
    private Argument<string?> _store = null!;

    public Command Build()
    {
        _store = Shared.StoreArgument(file, "The store; all stores when left out.");
        _member.CompletionSources.Add(completion => Shared.Members(file, completion.ParseResult));
        var verb = new VerbCommand("loss", "list what a failover between sites lost: transaction by transaction, row by row")
        {
            Details =
            [
                "When a deposed primary is back, its diverged log is kept and read before it is rewound: each transaction that it had " +
                "committed and the present primary lacks is listed with its rows. Its agent must be reachable. Users' data are shown, so " +
                "the file's token is needed.",
                "For each row the present primary is asked whether it has moved on since the fork: unchanged, changed meanwhile, gone, " +
                "or its key taken. " +
                "Rows of tables without a key cannot be checked.",
                "--sql prints the changes as statements in the order of their commits. Rows that have moved on are in it as comments, " +
                "with the reason. " +
                "When the report is not complete, the script says in its head what it lacks, and stderr does too. " +
                "Read it, then run it once, on the present primary: psql -X -f FILE.",
                "Several members of a site may report the same loss: of one store and one system identifier, beginning at one point of the log. " +
                "It is printed once, from the member that could list the most, and the others are named; --member shows what one member reports. " +
                "--json gives every member's report: the same loss has the same 'store', 'systemId' and 'from'.",
                "--restore brings keys of a store of Redis or Valkey back, of all types, with their expiry. " +
                "A key that is there is left as it is, whatever its value, also when " +
                "an application makes it in that moment; so are keys that have expired, and keys that the present primary had otherwise when the " +
                "report was made and has no more. " + LossRestore.Note + " " +
                "It may be interrupted and run again. It reads what was salvaged, so the agent of the deposed primary must be reachable.",
            ],
            Examples =
            [
                ("holdfast loss orders", "all that is known to be lost of a store"),
                ("holdfast loss orders --sql > replay.sql", "a script that does it again"),
                ("holdfast loss --json", "for a program"),
                ("holdfast loss sessions --restore --dry-run", "which keys would be brought back"),
            ],
            ExitCodes = [(ExitCode.Failed, "with --restore also: a key could not be brought back, or the primary changed on the way")],
        };
        verb.Add(_store);
        verb.Add(_member);
        verb.Add(_report);
        verb.Add(_json);
        verb.Add(_sql);
        verb.Add(_noCheck);
        verb.Add(_restore);
        verb.Add(_dryRun);
        verb.Add(_yes);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (json, sql, restore) = (parse.GetValue(_json), parse.GetValue(_sql), parse.GetValue(_restore));
        RefuseSenseless(parse, json, sql, restore);
        var system = file.Load(parse);
        if (restore)
        {
            LossRestore.RequireAble(system, parse.GetValue(_store));
        }

        using var client = new AgentClient(system, context.Time);
        var (all, silent) = await FindAsync(client, Members(system, parse), cancellationToken);
        var id = parse.GetValue(_report);
        var chosen = all.Where(one => id is null || one.Report.Id == id).ToList();
        if (id is not null && chosen.Count == 0)
        {
            var known = string.Join(", ", all.Select(one => one.Report.Id).Distinct().Order(StringComparer.Ordinal));
            throw new CliException(
                ExitCode.Failed,
                $"there is no report '{id}'; {(known.Length == 0 ? "no loss is reported" : $"the reports are: {known}")}{Silent(silent)}");
        }

        // A program gets every report; people, and the script, get each loss once.
        var losses = json || parse.GetValue(_member) is not null
            ? [.. chosen.Select(one => new List<Found> { one })]
            : chosen.GroupBy(one => (one.Store.Name, one.Report.SystemId, one.Report.From), (_, same) => ByFullness(same).ToList()).ToList();
        var isOne = sql || restore;
        if (isOne && id is null && losses.FindAll(same => !LostNothing(same[0].Report)) is { Count: > 0 } something)
        {
            losses = something;
        }

        var found = losses.Select(same => same[0]).ToList();

        if (isOne && found.Count != 1)
        {
            throw new CliException(ExitCode.Failed, found.Count == 0
                ? $"no loss is reported{Silent(silent)}"
                : $"there are {found.Count} reports; name one with --report: " +
                  string.Join(", ", found.Select(one => $"{one.Report.Id} (--member {one.Agent.Name})")));
        }

        if (restore)
        {
            var (agent, store, report) = found[0];
            return await new LossRestore(context, client, json).RunAsync(
                agent, store, report, parse.GetValue(_dryRun), parse.GetValue(_yes), cancellationToken);
        }

        ILossPrinter printer = sql ? new SqlPrinter(context.Terminal) : json ? new JsonPrinter(context.Terminal) : new TextPrinter(context.Terminal);
        printer.Begin();
        foreach (var same in losses)
        {
            await PrintAsync(printer, client, same, check: !parse.GetValue(_noCheck), cancellationToken);
        }

        printer.End();
        foreach (var (member, problem) in silent)
        {
            context.Terminal.Error.WriteLine($"holdfast: {member} was not asked: {problem}");
        }

        if (found.Count == 0 && silent.Count == 0 && !json)
        {
            context.Terminal.Plain("no loss is reported");
        }

        return silent.Count > 0 && found.Count == 0 ? ExitCode.Failed : ExitCode.Done;
    }

    private void RefuseSenseless(ParseResult parse, bool json, bool sql, bool restore)
    {
        var (dryRun, yes) = (parse.GetValue(_dryRun), parse.GetValue(_yes));
        var why = sql && (json || restore) ? $"{(json ? "--json" : "--restore")} and --sql cannot both be given"
            : (dryRun || yes) && !restore ? "--dry-run and --yes go with --restore"
            : restore && json && !dryRun && !yes ? "with --json nobody is asked: add --yes, or --dry-run"
            : null;
        if (why is not null)
        {
            throw new CliException(ExitCode.Usage, why);
        }
    }

    /// <summary>All of its log was looked through, and no client's transaction was in it: there is nothing to do again.</summary>
    private static bool LostNothing(LossReport report) => report is { IsComplete: true, IsDecoded: true, Transactions: 0 };

    /// <summary>Members of one site had the same log, so that each reports the same of it; but not each could list all of it.</summary>
    private static IEnumerable<Found> ByFullness(IEnumerable<Found> same) => same
        .OrderByDescending(one => one.Report.IsComplete).ThenByDescending(one => one.Report.IsDecoded).ThenByDescending(one => one.Report.Changes)
        .ThenByDescending(one => one.Report.Transactions).ThenBy(one => one.Agent.Name, StringComparer.Ordinal);

    /// <param name="same">The report to print, then those of others of the same loss.</param>
    private async Task PrintAsync(ILossPrinter printer, AgentClient client, List<Found> same, bool check, CancellationToken cancellationToken)
    {
        var (agent, store, report) = same[0];
        var present = new PresentRows(client, store);
        var known = check && report.Changes > 0
            ? await present.AskAsync(report, client.LossAsync(agent, report.Id, cancellationToken), cancellationToken)
            : new KnownRows(report);
        foreach (var problem in present.Problems)
        {
            context.Terminal.Error.WriteLine($"holdfast: {problem}");
        }

        var tracker = new FateTracker(report, known, Fingerprint.Of);
        printer.Report(report, [.. same.Skip(1).Select(one => one.Report)], LossRestore.CommandFor(store, agent, report));
        LostTransaction? transaction = null;
        await foreach (var line in client.LossAsync(agent, report.Id, cancellationToken))
        {
            if (line.Transaction is not null)
            {
                transaction = line.Transaction;
                printer.Transaction(transaction);
            }
            else if (line.Change is { } change)
            {
                printer.Change(transaction!, change, tracker.Next(transaction!, change));
            }
        }
    }

    private IEnumerable<(StoreSpec Store, MemberSpec Member)> Members(SystemSpec system, ParseResult parse)
    {
        var (store, member) = (parse.GetValue(_store), parse.GetValue(_member));
        if (member is not null && system.FindMember(member) is null)
        {
            throw new CliException(ExitCode.Usage, $"there is no member '{member}'; see 'holdfast status'");
        }

        // Also says what the stores are, when there is none of that name.
        var groups = Group.All(system, store);
        return groups.SelectMany(group => group.Members.Select(spec => (group.Store, Member: spec)))
            .Where(pair => member is null || pair.Member.Name == member);
    }

    private static async Task<(List<Found> Found, SortedDictionary<string, string> Silent)> FindAsync(
        AgentClient client, IEnumerable<(StoreSpec Store, MemberSpec Member)> members, CancellationToken cancellationToken)
    {
        var asked = members.ToList();
        var answers = await Task.WhenAll(asked.Select(pair => client.LossesAsync(pair.Member, cancellationToken)));
        var found = new List<Found>();
        var silent = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var ((store, member), answer) in asked.Zip(answers))
        {
            if (answer.Value is not { } reports)
            {
                silent[member.Name] = answer.Problem!;
                continue;
            }

            found.AddRange(reports.Select(report => new Found(member, store, report)));
        }

        return (found, silent);
    }

    private sealed record Found(MemberSpec Agent, StoreSpec Store, LossReport Report);

    private static string Silent(SortedDictionary<string, string> silent) =>
        silent.Count == 0 ? "" : "; not asked: " + string.Join("; ", silent.Select(pair => $"{pair.Key} ({pair.Value})"));
}
