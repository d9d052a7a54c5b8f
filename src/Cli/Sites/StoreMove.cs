using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;
using MoveKind = Holdfast.Core.Sites.MoveKind;

namespace Holdfast.Cli.Sites;

/// <summary>One store's move between sites: looked at, asked for, followed.</summary>
/// <param name="quiet">Its steps are not printed.</param>
internal sealed class StoreMove(CliContext context, AgentClient client, SystemSpec system, StoreSpec store, MoveIntent asked, bool quiet)
{
    /// <summary>A move that is asked for right after another waits so long, at most, until it is known how far the new site is behind.</summary>
    private static readonly TimeSpan LagLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LagInterval = TimeSpan.FromMilliseconds(200);
    private SiteMoveFollower? _follower;
    private long _lookedAt;
    private TimeSpan? _silent;

    public StoreSpec Store => store;
    public MoveIntent Asked => asked;
    /// <summary>As it was when it was last looked at.</summary>
    public StorePicture Before { get; private set; } = null!;
    public Runbook Runbook { get; private set; } = null!;
    /// <summary>How far it is; null: it has not been asked for, or nobody has told of it yet.</summary>
    public SiteMoveStatus? Move { get; private set; }
    /// <summary>An agent has taken the request.</summary>
    public bool IsAsked => _follower is not null;
    public bool IsThereAlready => Runbook.Refusal == Refusals.AlreadyThere(asked.To);
    /// <summary>The new site serves; what is left changes nothing for clients.</summary>
    public bool HasArrived => Move is { State: not "failed" } move && SiteMoveFollower.HasArrived(move);
    public bool HasEnded => Move is { State: not "running" };

    /// <summary>How long clients could not write; null: not known.</summary>
    public TimeSpan? Pause => Move is { } move ? WritePause.Of(move, _silent) : null;

    /// <summary>Why it has not been made; null: it has, or it has not ended yet.</summary>
    public string? Failure => Move is { State: "failed" } move
        ? $"{(move.Steps.FirstOrDefault(step => step.State == "failed")?.Step == "check" ? "refused" : $"the {move.Kind} to {move.To} failed")}: {move.Result}"
        : null;

    public string? Trouble => Failure ?? Aftermath;

    /// <summary>What is not well although it is made; null: nothing. A step that has not ended was cut short by another move.</summary>
    private string? Aftermath => Move is { State: "done" } move && move.Steps.Any(step => step.State == "failed" || !SitesWord.HasEnded(step))
        ? $"the {move.Kind} is made, but not all is well: {move.Result}"
        : null;

    /// <summary>Asks all agents how things are.</summary>
    /// <param name="patiently">While nothing but the lag is not known yet, waits for it.</param>
    /// <exception cref="CliException">Nobody answers.</exception>
    public async Task LookAsync(bool patiently, CancellationToken cancellationToken)
    {
        var begun = context.Time.GetTimestamp();
        while (true)
        {
            _lookedAt = context.Time.GetTimestamp();
            Before = await StorePicture.TakeAsync(client, system, store, AgentClient.ReadLimit, cancellationToken);
            if (!Before.SomebodyAnswered)
            {
                throw new CliException(ExitCode.Failed, $"no agent of {store.Name} answers at either site; start one: holdfast agent --member NAME");
            }

            Runbook = Runbook.Of(Before, asked);
            if (!patiently || !Refusals.LacksOnlyLag(Before, asked, Runbook.From) || context.Time.GetElapsedTime(begun) >= LagLimit)
            {
                return;
            }

            await Task.Delay(LagInterval, context.Time, cancellationToken);
        }
    }

    /// <summary>Hands the request to an agent.</summary>
    /// <exception cref="CliException">It is refused, or nobody could be asked.</exception>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        var silent = Before.WordOf(asked.To)?.Groups.FirstOrDefault(group => group.Site == Runbook.From)?.SilentSeconds;
        _silent = silent is { } seconds ? TimeSpan.FromSeconds(seconds) + context.Time.GetElapsedTime(_lookedAt) : null;
        var agents = Before.At(asked.To).Askable.Concat(Before.At(Runbook.From).Askable);
        var (_, taken) = await ChangeRequest.SendAsync(client, agents, "v1/site-moves", Body(), cancellationToken);
        var id = taken.Id ?? throw new CliException(ExitCode.Failed, "the agent names no move to follow; look at 'holdfast status'");
        _follower = new SiteMoveFollower(context, client, Before, id, quiet);
    }

    /// <summary>Prints each step when it has ended.</summary>
    /// <param name="toTheEnd">Not only until the new site serves.</param>
    /// <exception cref="CliException">Nobody tells of it any more, or nothing goes on.</exception>
    public async Task FollowAsync(bool toTheEnd, CancellationToken cancellationToken) =>
        Move = await _follower!.FollowAsync(toTheEnd, cancellationToken);

    /// <summary>What clients noticed, in a line.</summary>
    public string Arrival() => Pause is { } span
        ? $"{asked.To} is active; clients could not write for {(asked.Kind == MoveKind.Failover ? "about " : "")}{span.TotalMilliseconds:F0} ms"
        : $"{asked.To} is active";

    private string Body() => ChangeRequest.Body(
    [
        ("kind", asked.Verb), ("to", asked.To), ("acceptDataLoss", asked.AcceptDataLoss), ("fenced", asked.Fenced),
        ("requestedBy", $"{context.Environment("SUDO_USER") ?? Environment.UserName}@{Environment.MachineName}"),
    ]);
}
