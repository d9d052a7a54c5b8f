using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Status;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using MoveKind = Holdfast.Core.Sites.MoveKind;
using MoveState = Holdfast.Core.Sites.MoveState;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>What a dry run says is what the agents' own check decides on the same facts, word for word.</summary>
public sealed class RefusalTests
{
    private const string Me = "orders-ber-1";
    private const string Mate = "orders-ber-2";

    public static readonly TheoryData<string, string, string> Situations = new()
    {
        { "all is well", "switchover", "" },
        { "all is well", "failback", "" },
        { "all is well", "failover", "fra is alive and writes" },
        { "a move on its last steps", "switchover", "" },
        { "paused", "switchover", "is paused" },
        { "leader down", "switchover", "does not run" },
        { "the other silent", "switchover", "nothing can be handed over" },
        { "the other does not serve", "switchover", "nothing can be handed over" },
        { "not streaming", "switchover", "does not stream from orders-fra-1" },
        { "a member down", "switchover", "every member must run" },
        { "far behind", "switchover", "9.4 s behind; writes would have to wait for it, and no more than 5.0 s are allowed" },
        { "never a ledger row", "switchover", "an unknown amount behind" },
        { "lease gone", "failover", "" },
        { "lease gone, far behind", "failover", "up to 13.0 s of its work may be missing" },
        { "lease gone, far behind, accepted", "failover", "" },
        { "continue, heard", "failover", "fra is alive and writes" },
        { "continue, silent", "failover", "say how with --fenced HOW" },
        { "continue, silent, fenced", "failover", "" },
        { "continue, silent for long, fenced", "failover", "up to 60.0 s of its work may be missing" },
    };

    /// <summary>It brought the store to fra, and still compares the sites.</summary>
    private static SiteMove Arrived => new()
    {
        Id = "before",
        Kind = MoveKind.Failback,
        From = "ber",
        To = "fra",
        RequestedBy = "ana",
        Steps = [new MoveStep(StepKind.Promote, StepState.Done, 1, 1), new MoveStep(StepKind.Verify, StepState.Running, 2)],
    };

    [Theory, MemberData(nameof(Situations))]
    public async Task A_dry_run_foretells_the_agents_own_check(string situation, string kind, string expected)
    {
        var isolation = situation.StartsWith("continue", StringComparison.Ordinal) ? IsolationPolicy.Continue : IsolationPolicy.Fence;
        var system = SampleSites.System(isolation);
        var store = system.Stores["orders"];
        var (accepted, fenced) = (situation.Contains("accepted", StringComparison.Ordinal), situation.Contains("fenced", StringComparison.Ordinal) ? "power" : null);
        var view = View(store, situation);

        var refusal = await DryRunAsync(system, view, $"{kind} --site ber", accepted, fenced);
        var move = new SiteMove
        {
            Id = "m",
            Kind = Enum.Parse<MoveKind>(kind, ignoreCase: true),
            From = "fra",
            To = "ber",
            State = MoveState.Running,
            AcceptDataLoss = accepted,
            Fenced = fenced,
            RequestedBy = "ana",
            Steps = [new MoveStep(StepKind.Check, StepState.Running)],
        };
        var decision = SiteDuties.Decide(new DutyView
        {
            Member = view with { Sites = view.Sites! with { Record = view.Sites.Record! with { State = SiteState.Moving, MoveId = "m" }, Move = move } },
        });
        decision.Rule.ShouldBe("MOVE.check");
        (refusal ?? "it may").ShouldBe(decision.Reason);
        (refusal ?? "").ShouldContain(expected);
        (refusal is null).ShouldBe(expected.Length == 0);
    }

    // The real status of these facts, by a real API; nobody else answers.
    private static async Task<string?> DryRunAsync(SystemSpec system, MemberView view, string verb, bool accepted, string? fenced)
    {
        var store = system.Stores["orders"];
        await using var sites = await RunningSites.StartAsync(system, [.. store.Members.Keys.Where(name => name != Me)]);
        sites.Controls[Me].Status = new StatusBuilder(system, store, store.Members[Me], TimeProvider.System)
            .Build(view, new Decision("none", "nothing is to be done", new MemberAction.None()), fault: null) with
        {
            Sites = SiteStatusBuilder.Build(view, decision: null, ledgerHere: null, link: null, measured: null),
        };
        string[] words = [.. verb.Replace("failback --site", "failback --to", StringComparison.Ordinal).Split(' '), "--dry-run", "--json"];
        words = [.. words, .. accepted ? ["--accept-data-loss"] : Array.Empty<string>(), .. fenced is null ? Array.Empty<string>() : ["--fenced", fenced]];
        var run = await sites.Shell.RunSplitAsync(words);
        run.Error.ShouldBeEmpty();
        sites.Calls.ShouldBeEmpty();
        return JsonDocument.Parse(run.Out).RootElement.GetProperty("refusal").GetString();
    }

    private static MemberView View(StoreSpec store, string situation)
    {
        double? lag = situation switch
        {
            "never a ledger row" => null,
            "far behind" => 9.4,
            "continue, silent for long, fenced" => 60,
            _ => situation.StartsWith("lease gone, far behind", StringComparison.Ordinal) ? 13 : 0.7,
        };
        var silent = TimeSpan.FromSeconds(situation switch
        {
            "the other silent" => 5,
            "continue, silent for long, fenced" => 60,
            _ => situation.StartsWith("lease gone", StringComparison.Ordinal) || situation.StartsWith("continue, silent", StringComparison.Ordinal) ? 4.8 : 0.4,
        });
        var policy = SitePolicy.From(store, "ber")!;
        var other = new SiteCard
        {
            Site = "fra",
            Epoch = 7,
            Leader = "orders-fra-1",
            SystemId = "s",
            Serving = situation != "the other does not serve",
            Healthy = true,
            Position = new LogPosition(3, new Lsn(9000)),
            LedgerClock = 1_000_000,
            Beat = 9,
        };
        var sites = new SiteView
        {
            Policy = policy,
            Reachable = true,
            State = RecordState.Present,
            Record = new SiteRecord { Epoch = 1, ActiveSite = "fra" },
            Move = situation == "a move on its last steps" ? Arrived : null,
            LeaseSite = store.Isolation == IsolationPolicy.Continue || situation.StartsWith("lease gone", StringComparison.Ordinal) ? null : "fra",
            OtherSilentFor = silent,
            Lag = lag is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Cards = ImmutableSortedDictionary<string, SiteCard>.Empty.Add("fra", other),
        };
        var view = new MemberView
        {
            Me = Me,
            Group = GroupSpec.From(store, "ber"),
            Coordination = new CoordinationView
            {
                Reachable = true,
                State = RecordState.Present,
                Record = new GroupRecord { Epoch = 7, Primary = Me, Mode = ProtectionMode.Passive, SystemId = "s", Paused = situation == "paused" },
            },
            Engine = new EngineView
            {
                Data = DataState.Present,
                Process = situation == "leader down" ? ProcessState.Stopped : ProcessState.Running,
                Role = MemberRole.Standby,
                Streaming = situation != "not streaming",
                Upstream = "orders-fra-1",
                Position = new LogPosition(3, new Lsn(8000)),
                Applied = new Lsn(8000),
            },
            Peers = ImmutableSortedDictionary<string, PeerView>.Empty.Add(Mate, new PeerView
            {
                SilentFor = TimeSpan.FromMilliseconds(50),
                Data = DataState.Present,
                Role = MemberRole.Standby,
                Streaming = situation != "a member down",
                Process = situation == "a member down" ? ProcessState.Stopped : ProcessState.Running,
                Position = new LogPosition(3, new Lsn(8000)),
            }),
            Sites = sites,
        };
        // The card is as it should be, or writing it would come before the move.
        var mine = SiteDuties.CardOf(new DutyView { Member = view })!;
        return view with { Sites = sites with { Cards = sites.Cards.Add("ber", mine) } };
    }
}
