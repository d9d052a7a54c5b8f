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
                "Of members that report the same, the one that could list the most is taken. " +
                "Read it, then run it once, on the present primary: psql -X -f FILE.",
            ],
            Examples =
            [
                ("holdfast loss orders", "all that is known to be lost of a store"),
                ("holdfast loss orders --sql > replay.sql", "a script that does it again"),
                ("holdfast loss --json", "for a program"),
            ],
        };
        verb.Add(_store);
        verb.Add(_member);
        verb.Add(_report);
        verb.Add(_json);
        verb.Add(_sql);
        verb.Add(_noCheck);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (json, sql) = (parse.GetValue(_json), parse.GetValue(_sql));
        if (json && sql)
        {
            throw new CliException(ExitCode.Usage, "--json and --sql cannot both be given");
        }

        var system = file.Load(parse);
        using var client = new AgentClient(system, context.Time);
        var (found, silent) = await FindAsync(client, Members(system, parse), parse.GetValue(_report), cancellationToken);
        if (sql)
        {
            found = [.. found.GroupBy(one => (one.Store.Name, one.Report.Id), (_, same) => Fullest(same))];
        }

        if (sql && found.Count != 1)
        {
            throw new CliException(ExitCode.Failed, found.Count == 0
                ? $"no loss is reported{Silent(silent)}"
                : $"there are {found.Count} reports; name one with --report: " +
                  string.Join(", ", found.Select(one => $"{one.Report.Id} (--member {one.Agent.Name})")));
        }

        ILossPrinter printer = sql ? new SqlPrinter(context.Terminal) : json ? new JsonPrinter(context.Terminal) : new TextPrinter(context.Terminal);
        printer.Begin();
        foreach (var (agent, store, report) in found)
        {
            await PrintAsync(printer, client, agent, store, report, check: !parse.GetValue(_noCheck), cancellationToken);
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

    /// <summary>Members of one site had the same log, so that each reports the same of it; but not each could list all of it.</summary>
    private static Found Fullest(IEnumerable<Found> same) => same
        .OrderByDescending(one => one.Report.IsComplete).ThenByDescending(one => one.Report.IsDecoded).ThenByDescending(one => one.Report.Changes)
        .ThenBy(one => one.Agent.Name, StringComparer.Ordinal).First();

    private async Task PrintAsync(
        ILossPrinter printer, AgentClient client, MemberSpec agent, StoreSpec store, LossReport report, bool check,
        CancellationToken cancellationToken)
    {
        var present = new PresentRows(client, store);
        var known = check && report.Changes > 0
            ? await present.AskAsync(report, client.LossAsync(agent, report.Id, cancellationToken), cancellationToken)
            : new KnownRows(report);
        foreach (var problem in present.Problems)
        {
            context.Terminal.Error.WriteLine($"holdfast: {problem}");
        }

        var tracker = new FateTracker(report, known, Fingerprint.Of);
        printer.Report(report);
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
        AgentClient client, IEnumerable<(StoreSpec Store, MemberSpec Member)> members, string? id, CancellationToken cancellationToken)
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

            found.AddRange(reports.Where(report => id is null || report.Id == id).Select(report => new Found(member, store, report)));
        }

        return (found, silent);
    }

    private sealed record Found(MemberSpec Agent, StoreSpec Store, LossReport Report);

    private static string Silent(SortedDictionary<string, string> silent) =>
        silent.Count == 0 ? "" : "; not asked: " + string.Join("; ", silent.Select(pair => $"{pair.Key} ({pair.Value})"));
}
