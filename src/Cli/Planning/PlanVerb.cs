using System.CommandLine;
using System.Text;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Planning.Probing;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning;

/// <summary><c>holdfast plan</c>.</summary>
internal sealed class PlanVerb(CliContext context, FileChoice file)
{
    private readonly Argument<string?> _file = FileChoice.NewArgument();
    private readonly Option<string?> _store = Shared.Store(file, "Only this store; the others still share the link with it.");
    private readonly Option<bool> _compare = new("--compare")
    {
        Description = "Show all patterns beside each other, and why those that were not chosen were not.",
    };

    private readonly Option<bool> _probe = new("--probe")
    {
        Description = "Ask the running system: round trips, disks, rates, lags, and how long outages were.",
    };

    private readonly Option<bool> _facts = new("--facts") { Description = "List every number with its source, instead of the plan." };
    private readonly Option<bool> _check = new("--check")
    {
        Description = "Exit with 1 when an objective is missed, or fewer members run than the plan has: for a pipeline.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON: the plan, all patterns, all numbers with their sources." };
    private readonly Option<string?> _html = new("--html") { Description = "Write a page with charts to OUT; it needs nothing but itself.", HelpName = "OUT" };
    private readonly Option<bool> _interview = new("--interview") { Description = "Ask for the numbers instead of reading a file." };
    private readonly Option<string?> _save = new("--save")
    {
        Description = "Write what flags or answers said as a file for 'holdfast plan' to OUT.",
        HelpName = "OUT",
    };

    private readonly Option<bool> _witness = new("--witness") { Description = "Without a file: a third place carries coordination." };
    private readonly Option<bool> _automatic = new("--automatic") { Description = "Without a file: the other site may take over by itself." };
    private readonly Option<bool> _offSite = new("--off-site") { Description = "Without a file: backups are kept at another site." };
    private readonly Dictionary<QuickNumber, Option<string?>> _numbers = QuickPlan.Numbers.ToDictionary(
        number => number,
        number => new Option<string?>($"--{number.Flag}")
        {
            Description = $"Without a file: {char.ToLowerInvariant(number.Meaning[0])}{number.Meaning[1..]} [{number.Usual}]",
            HelpName = "VALUE",
        });

    public Command Build()
    {
        var verb = new VerbCommand("plan", "from what may be lost and how long it may be down to a pattern, its physics and its price")
        {
            Details =
            [
                "For each store and each kind of failure (process, host, site, link, region, operator error, corruption): what is lost at most, " +
                "how long it takes, and whether that meets the objectives of the file. The cheapest pattern that meets them all is chosen, with " +
                "the damage that is to be expected in its price. Where none does, it says what would have to change.",
                "The file is the system's, with 'planning:' for what it does not say otherwise: distances, sizes, rates, prices. Before there is " +
                "a system, a file with 'system', 'sites' and 'planning' alone will do, or --interview, or flags: each of them has a usual value. " +
                "Nothing is changed; and nothing is contacted, unless --probe is given.",
                "With --probe the agents of the running system measure first, and what they find takes the place of what the file declares: for " +
                "some seconds each member's disk, what its server counts, the lag of its standbys, and the way from the active site to each other, " +
                "with at most 32 MB or two seconds of traffic. How long past outages were then stands beside what is promised.",
                "Where the file has 'planning.kubernetes', 'planning.cloud' or 'planning.storage', it also says how a Kubernetes cluster is backed " +
                "up, on how many clouds something runs, and on which disks the databases are. That is advice: --check does not look at it.",
                "docs/PLANNING.md has the formulas with their sources, and the reason of every default.",
            ],
            Examples =
            [
                ("holdfast plan holdfast.yaml --compare", "the system's plan, beside what else there is"),
                ("holdfast plan holdfast.yaml --probe --facts", "what was measured, declared and assumed"),
                ("holdfast plan --site-rpo 0s --distance 80km --witness", "from two numbers"),
                ("holdfast plan --interview --save plan.yaml", "asks, and keeps the answers"),
                ("holdfast plan holdfast.yaml --check --json > plan.json", "for a pipeline"),
            ],
            ExitCodes =
            [
                (ExitCode.Done, "the plan was made; with --check: and every objective is met"),
                (ExitCode.Failed, "the file has errors; --probe could measure nothing; or, with --check, an objective is missed, or too few members run"),
            ],
        };
        verb.Add(_file);
        Option[] options = [_store, _compare, _probe, _facts, _check, _json, _html, _interview, _save, .. QuickFlags()];
        foreach (var option in options)
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        RefuseContradictions(parse);
        var facts = Facts(parse);
        var seen = parse.GetValue(_probe) ? await ProbeAsync(parse, facts, cancellationToken) : null;
        var plan = Only(parse, Planned(seen is null ? facts : facts.With(seen)) with { Seen = seen });
        if (parse.GetValue(_html) is { } page)
        {
            Write(page, Page.PlanPage.Render(plan, context.Time.GetUtcNow()), FileMode.Create);
        }

        Print(parse, plan);
        if (!parse.GetValue(_check) || (plan.IsMet && plan.Stores.All(store => store.Lacks is null)))
        {
            return ExitCode.Done;
        }

        // Numbers alone do not say why the command fails.
        foreach (var line in parse.GetValue(_facts) ? PlanScreen.Failing(plan) : [])
        {
            context.Terminal.Error.WriteLine($"holdfast: {line}");
        }

        return ExitCode.Failed;
    }

    private async Task<Measurements> ProbeAsync(ParseResult parse, PlanFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Stores.All(store => store.Running.IsEmpty))
        {
            throw new CliException(
                ExitCode.Usage, $"--probe asks running agents, and {file.Path(parse, _file)} describes none: leave it out, or name the system's own file");
        }

        var system = file.Load(parse, _file);
        using var client = new AgentClient(system, context.Time);
        var warnings = new List<string>();
        // What --json prints is for programs, to the last letter.
        var progress = parse.GetValue(_json) ? null : new Progress(context.Terminal, context.Time);
        var prober = new Prober(client, system, progress is null ? _ => { } : progress.Redraw, warnings.Add);
        var seen = await prober.RunAsync(parse.GetValue(_store), cancellationToken);
        progress?.End(kept: false);
        warnings.ForEach(warning => context.Terminal.Error.WriteLine($"holdfast: not measured: {warning}"));
        foreach (var doubt in MeasuredFacts.Doubts(facts, seen))
        {
            context.Terminal.Error.WriteLine($"holdfast: {doubt}");
        }

        return seen.IsNothing
            ? throw new CliException(
                ExitCode.Failed,
                warnings.Count == 0 || seen.Stores.IsEmpty
                    ? "no agent answers, so that nothing could be measured; see 'holdfast status', or leave out --probe"
                    : "nothing could be measured: the reasons are above; leave out --probe to plan without")
            : seen;
    }

    // The readers refuse what they know to be impossible, with its place; this is for what only the sums show.
    private static SystemPlan Planned(PlanFacts facts)
    {
        try
        {
            return Planner.Plan(facts);
        }
        catch (ImpossibleException impossible)
        {
            throw new CliException(ExitCode.Failed, $"these numbers cannot be planned with: {impossible.Message}");
        }
    }

    private void Print(ParseResult parse, SystemPlan plan)
    {
        if (parse.GetValue(_json))
        {
            context.Terminal.Plain(PlanJson.Of(plan));
            return;
        }

        var lines = parse.GetValue(_facts)
            ? FactScreen.Render(plan.Facts, context.Terminal.Width)
            : PlanScreen.Render(plan, parse.GetValue(_compare), context.Terminal.Width);
        foreach (var line in lines)
        {
            context.Terminal.Line(line);
        }

        if (parse.GetValue(_html) is { } page)
        {
            context.Terminal.Plain($"The page is {page}");
        }
    }

    private PlanFacts Facts(ParseResult parse)
    {
        if (!IsQuick(parse))
        {
            return FromFile(file.Path(parse, _file));
        }

        var answers = _numbers.Where(pair => parse.GetValue(pair.Value) is not null)
            .ToDictionary(pair => pair.Key.Flag, pair => parse.GetValue(pair.Value)!, StringComparer.Ordinal);
        var (witness, automatic, offSite) = (parse.GetValue(_witness), parse.GetValue(_automatic), parse.GetValue(_offSite));
        if (parse.GetValue(_interview))
        {
            (answers, witness, automatic, offSite) = new Interview(context.Terminal, context.Files).Run(answers, witness, automatic, offSite);
        }

        if (QuickPlan.Contradiction(answers, witness, automatic) is { } contradiction)
        {
            throw new CliException(ExitCode.Usage, contradiction);
        }

        var yaml = QuickPlan.ToYaml(answers, witness, automatic, offSite);
        var facts = QuickPlan.Facts(context.Files, yaml);
        if (parse.GetValue(_save) is { } save)
        {
            Write(save, yaml, FileMode.CreateNew);
        }

        return facts;
    }

    private PlanFacts FromFile(string path)
    {
        var reading = context.Files.ReadPlan(path);
        if (reading.Facts is { } facts)
        {
            return facts;
        }

        foreach (var error in reading.Errors[..^1])
        {
            context.Terminal.Error.WriteLine($"holdfast: {path}: {error}");
        }

        throw new CliException(ExitCode.Failed, $"{path}: {reading.Errors[^1]}");
    }

    private bool IsQuick(ParseResult parse) =>
        parse.GetValue(_interview) || QuickFlags().Any(option => parse.GetResult(option) is { Implicit: false });

    private IEnumerable<Option> QuickFlags() => [_witness, _automatic, _offSite, .. _numbers.Values];

    private void RefuseContradictions(ParseResult parse)
    {
        if (IsQuick(parse) && (parse.GetValue(_file) ?? parse.GetValue(file.Option)) is { } named)
        {
            throw new CliException(ExitCode.Usage, $"{named} has the numbers: name a file, or give flags or --interview, not both");
        }

        if (!IsQuick(parse) && parse.GetValue(_save) is not null)
        {
            throw new CliException(ExitCode.Usage, "--save writes what flags or --interview said; here a file says it");
        }

        if (IsQuick(parse) && parse.GetValue(_probe))
        {
            throw new CliException(ExitCode.Usage, "--probe measures a running system: name its file, and leave out the flags or --interview");
        }

        if (parse.GetValue(_json) && (parse.GetValue(_facts) || parse.GetValue(_compare)))
        {
            throw new CliException(ExitCode.Usage, "--json has all of it: leave out --facts and --compare");
        }
    }

    private SystemPlan Only(ParseResult parse, SystemPlan plan)
    {
        if (parse.GetValue(_store) is not { } name)
        {
            return plan;
        }

        return plan.Stores.FirstOrDefault(store => store.Store.Name == name) is { } found
            ? plan with { Stores = [found], Decisions = plan.Decisions.OfStore(name) }
            : throw new CliException(
                ExitCode.Usage, $"there is no store '{name}'; the stores are: {string.Join(", ", plan.Stores.Select(store => store.Store.Name))}");
    }

    // What somebody answered is not overwritten by what somebody else answers; a page can be made again.
    private static void Write(string path, string text, FileMode mode)
    {
        try
        {
            using var stream = new FileStream(path, mode, FileAccess.Write);
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"{path} cannot be written: {fault.Message.TrimEnd('.')}; name another file");
        }
    }
}
