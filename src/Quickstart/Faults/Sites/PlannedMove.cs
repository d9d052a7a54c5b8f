using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>
/// A planned move of both stores to their other site, by one command, as an operator would ask for it. The last step compares both sites, where the
/// members of a store can be compared.
/// </summary>
internal abstract class PlannedMove : SiteFault
{
    /// <summary>Of the move, in its record.</summary>
    protected abstract string Kind { get; }

    /// <summary>The command's arguments.</summary>
    protected abstract string[] Arguments(string to);

    public override async Task<SiteStrike> StrikeAsync(SiteStage stage, SiteScene before, CancellationToken cancellationToken)
    {
        var arguments = Arguments(before.Passive);
        stage.Narrator.Say($"holdfast {string.Join(' ', arguments)} (away from {before.Active})");
        var problem = await AskAsync(stage, before, arguments, cancellationToken);
        return new SiteStrike(before.StruckAt)
        {
            Problems = Strike.ProblemsOf(problem),
            Inspect = _ => Task.FromResult(Findings(stage, before.Passive)),
        };
    }

    private static async Task<string?> AskAsync(SiteStage stage, SiteScene before, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            var asked = stage.RunAsync(cancellationToken, [.. arguments, "--yes"]);
            var problem = await stage.WaitForWritesAsync(before.Passive, before.StruckAt, cancellationToken);
            await asked;
            return problem;
        }
        catch (QuickstartException fault)
        {
            return fault.Message;
        }
    }

    private SiteFindings Findings(SiteStage stage, string to)
    {
        var (move, sessions) = (stage.Pair.Move(Kind, to), stage.Sessions.Pair.Move(Kind, to));
        return new SiteFindings
        {
            Move = move,
            SessionsMove = sessions,
            Verified = move?.Verified,
            Problems = Strike.ProblemsOf(
                move is null ? $"the agents have no record of a {Kind} to {to}" : null,
                sessions is { State: "done" } ? null : $"the {Kind} of {SitesFile.Sessions} to {to} is not done: {sessions?.Result ?? "no record"}",
                move is { State: not "done" } ? $"the {Kind} has {move.State}: {move.Result}" : null,
                move is { Verified: not true } ? $"the sites were not shown to be equal: {move.Result ?? "not compared"}" : null),
        };
    }
}

/// <summary><c>holdfast switchover --site</c>.</summary>
internal sealed class SiteSwitchover : PlannedMove
{
    public const string Key = "site-switchover";
    public override string Name => Key;
    protected override string Kind => "switchover";
    protected override string[] Arguments(string to) => ["switchover", "--site", to];
}

/// <summary><c>holdfast failback</c>: both sites are compared before the move as well.</summary>
internal sealed class SiteFailback : PlannedMove
{
    public const string Key = "site-failback";
    public override string Name => Key;
    protected override string Kind => "failback";
    protected override string[] Arguments(string to) => ["failback", "--to", to];
}
