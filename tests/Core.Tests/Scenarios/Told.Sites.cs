using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Scenarios;

internal sealed partial class Told
{
    /// <summary>The move that <c>move:</c> tells of.</summary>
    private const string MoveId = "m1";

    private SiteView? Sites()
    {
        if (!_said.ContainsKey("sites"))
        {
            return null;
        }

        var policy = new SitePolicy { Mine = "fra", Other = "ber", First = "fra", Rpo = TimeSpan.FromSeconds(5) };
        var view = new SiteView
        {
            Policy = policy,
            Reachable = true,
            State = RecordState.Absent,
            Move = Move(),
            Cards = About("card").Where(said => said.Text != "none")
                .ToImmutableSortedDictionary(said => said.Member, said => Card(said.Member, said.Text), StringComparer.Ordinal),
            Remote = About("remote").ToImmutableSortedDictionary(said => said.Member, said => Peer(said.Text, null), StringComparer.Ordinal),
        };
        foreach (var words in Clauses("sites"))
        {
            view = SiteClause(view, words);
            words.End();
        }

        // Unless told otherwise, everybody has the same file.
        return view with
        {
            Cards = view.Cards.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Passive ? pair.Value
            : pair.Value with { Isolation = pair.Value.Isolation ?? view.Policy.Isolation })
        };
    }

    private static SiteView SiteClause(SiteView view, Words words)
    {
        var policy = view.Policy;
        return words.Take("mine ber") ? view with { Policy = policy with { Mine = "ber", Other = "fra" } }
            : words.Take("mine fra") ? view
            : words.Take("fence") ? view
            : words.Take("continue") ? view with { Policy = policy with { Isolation = IsolationPolicy.Continue } }
            : words.Take("manual") ? view
            : words.Take("automatic") ? view with { Policy = policy with { Failover = SiteFailoverPolicy.Automatic } }
            : words.Take("rpo") ? view with { Policy = policy with { Rpo = words.Span() } }
            : words.Take("no record") ? view
            : words.Take("not read yet") ? view with { State = RecordState.Unknown, Reachable = false }
            : words.Take("unreadable") ? view with { State = RecordState.Unreadable, Problem = words.Rest() }
            : words.Take("epoch") ? view with { State = RecordState.Present, Record = SiteRecord(words) }
            : words.Take("moving") ? view with { Record = Known(view).Begin(MoveId) }
            : words.Take("moves") ? view with { Record = Known(view) with { Moves = words.Number("a count") } }
            : words.Take("owes") ? view with { Record = Known(view) with { Owed = words.Position() } }
            : words.Take("move") ? view with { Record = Known(view) with { MoveId = words.Next("the id of a move") } }
            : words.Take("lease held") ? view with { LeaseHeld = true, LeaseSite = view.Mine }
            : words.Take("lease expired") ? view with { LeaseExpired = true }
            : words.Take("lease at") ? view with { LeaseSite = words.Next("a site") }
            : words.Take("lease gone for") ? view with { LeaseGoneFor = words.Span() }
            : words.Take("away for") ? view with { Reachable = false, UnreachableFor = words.Span() }
            : words.Take("other silent for") ? view with { OtherSilentFor = words.Span() }
            : words.Take("lag") ? view with { Lag = words.Span() }
            : throw new FormatException($"'{words.Rest()}' is not said of sites");
    }

    /// <summary><c>epoch 2 at ber</c>.</summary>
    private static SiteRecord SiteRecord(Words words)
    {
        var epoch = words.Number("an epoch");
        return words.Take("at")
            ? new SiteRecord { Epoch = epoch, ActiveSite = words.Next("a site") }
            : throw new FormatException("a site record is 'epoch N at SITE'");
    }

    private static SiteRecord Known(SiteView view) => view.Record ?? throw new FormatException("'moving' comes after 'epoch N at SITE'");

    /// <summary><c>switchover to ber at stop</c>: the steps before it are done, it runs; <c>before stop</c>: it has not begun.</summary>
    private SiteMove? Move()
    {
        SiteMove? move = null;
        foreach (var words in Clauses("move"))
        {
            if (words.Take("none"))
            {
                return null;
            }

            move = move is null ? NewMove(words)
                : words.Take("accept data loss") ? move with { AcceptDataLoss = true }
                : words.Take("fenced by") ? move with { Fenced = words.Rest() }
                : words.Take("stopped at") ? move with { StoppedAt = words.Position() }
                : words.Take("taken at") ? move with { TakenAt = words.Position() }
                : words.Take("failed") ? move with { State = MoveState.Failed }
                : words.Take("done") ? move with { State = MoveState.Done }
                : words.Take("with hooks") ? move with { Steps = Reached(SiteMove.StepsOf(move.Kind, true, true, true), move.Current) }
                : throw new FormatException($"'{words.Rest()}' is not said of a move");
            words.End();
        }

        return move;
    }

    private static SiteMove NewMove(Words words)
    {
        var kind = Named<MoveKind>(words);
        var to = words.Take("to") ? words.Next("a site") : throw new FormatException("a move is 'switchover to SITE at STEP'");
        var running = words.Take("at");
        if (!running && !words.Take("before") && !words.Take("after"))
        {
            throw new FormatException("a move is 'at STEP', 'before STEP', or 'after all'");
        }

        MoveStep? current = words.Take("all") ? null : new MoveStep(Named<StepKind>(words), running ? StepState.Running : StepState.Pending);
        return new SiteMove
        {
            Id = MoveId,
            Kind = kind,
            From = to == "fra" ? "ber" : "fra",
            To = to,
            RequestedBy = "op",
            Steps = Reached(SiteMove.StepsOf(kind, current?.Kind == StepKind.BeforeHook, current?.Kind == StepKind.AfterHook, true), current),
        };
    }

    private static ImmutableArray<MoveStep> Reached(ImmutableArray<MoveStep> steps, MoveStep? current)
    {
        var at = current is null ? steps.Length : steps.TakeWhile(step => step.Kind != current.Kind).Count();
        return [.. steps.Select((step, i) => i < at ? step with { State = StepState.Done } : i == at ? current! : step)];
    }

    /// <summary><c>caught-up</c> and the like are written as the name in the program, in small letters and with hyphens.</summary>
    private static T Named<T>(Words words)
        where T : struct, Enum
    {
        var word = words.Next("a name");
        return Enum.TryParse<T>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value)
            ? value
            : throw new FormatException($"'{word}' is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }

    private static SiteCard Card(string site, string text)
    {
        var card = new SiteCard { Site = site, Epoch = 0, Leader = "", SystemId = "S", Serving = true, Healthy = true, Beat = 1 };
        foreach (var words in text.Split(',', StringSplitOptions.TrimEntries).Select(clause => new Words(clause)))
        {
            card = words.Take("epoch") ? card with { Epoch = words.Number("an epoch") }
                : words.Take("leader") ? card with { Leader = words.Next("a member") }
                : words.Take("passive") ? card with { Passive = true }
                : words.Take("unborn") ? card with { SystemId = null }
                : words.Take("lineage") ? card with { Lineage = [.. words.Rest().Split(' ').Select(Entry)] }
                : words.Take("not serving") ? card with { Serving = false }
                : words.Take("not healthy") ? card with { Healthy = false }
                : words.Take("isolation") ? card with { Isolation = words.Next("a policy") == "fence" ? IsolationPolicy.Fence : IsolationPolicy.Continue }
                : words.Take("at") ? card with { Position = words.Position() }
                : words.Take("clock") ? card with { LedgerClock = words.Number("milliseconds") }
                : words.Take("beat") ? card with { Beat = words.Number("a beat") }
                : throw new FormatException($"'{words.Rest()}' is not said of a card");
            words.End();
        }

        return card.Epoch > 0 && card.Leader.Length > 0 ? card : throw new FormatException("a card has at least 'epoch N' and 'leader NAME'");
    }

    /// <summary>What an agent knows besides, when it is asked for its duties in the global scope.</summary>
    public DutyView ToDutyView()
    {
        var member = ToView();
        var view = new DutyView { Member = member.Sites is null ? throw new FormatException("duties are of a store with two sites: say 'sites: …'") : member };
        foreach (var words in Clauses("duties"))
        {
            view = words.Take("nothing") ? view
                : words.Take("step for") ? view with { StepAge = words.Span() }
                : words.Take("card") ? view with { CardAge = words.Span() }
                : words.Take("ledger") ? view with { LedgerClock = words.Number("milliseconds") }
                : words.Take("job") ? view with { Jobs = view.Jobs.Add(Job(words)) }
                : throw new FormatException($"'{words.Rest()}' is not said of duties");
            words.End();
        }

        return view;
    }

    /// <summary><c>verify runs 3 of 10 tables</c>, <c>verify ended all equal</c>, <c>verify failed two rows differ</c>.</summary>
    private static StepJob Job(Words words)
    {
        var step = Named<StepKind>(words);
        var runs = words.Take("runs");
        var failed = !runs && words.Take("failed");
        return runs || failed || words.Take("ended")
            ? new StepJob(MoveId, step, Ended: !runs, Succeeded: !runs && !failed, words.Rest())
            : throw new FormatException("a job is 'STEP runs …', 'STEP ended …' or 'STEP failed …'");
    }
}
