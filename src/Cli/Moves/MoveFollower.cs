using System.Net;
using Holdfast.Agent.Api;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.History;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Moves;

/// <summary>Follows a requested move until the new primary serves, and then says what it cost.</summary>
internal sealed class MoveFollower(CliContext context, AgentClient client, GroupPicture before)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    /// <summary>A frozen agent must not slow the following down.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromMilliseconds(300);
    /// <summary>On top of the store's own limit: until the agents' last word is here.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);
    /// <summary>The figures are written after the first commit; when there is no writer, they come without it.</summary>
    private static readonly TimeSpan HistoryLimit = TimeSpan.FromSeconds(2);

    private readonly Progress _progress = new(context.Terminal, context.Time);

    /// <exception cref="CliException">It was refused, it failed, or it takes too long.</exception>
    public async Task FollowAsync(MemberSpec agent, string? id, string? target, CancellationToken cancellationToken)
    {
        var limit = before.Group.Store.Timing.Switchover + Margin;
        try
        {
            var done = id is null;
            GroupPicture picture;
            do
            {
                if (_progress.Elapsed > limit)
                {
                    throw new CliException(
                        ExitCode.Failed,
                        $"{(before.IsPassive ? $"{target} does not lead {before.Group.Name}" : "no new primary serves")} after {limit.TotalSeconds:0} s; " +
                        "the request may still be carried out: look at 'holdfast status'");
                }

                done = done || await IsDoneAsync(agent, id!, cancellationToken);
                picture = await GroupPicture.TakeAsync(client, before.Group, LookLimit, cancellationToken);
                if (done)
                {
                    _progress.Show($"waiting until {picture.Status.Primary ?? target ?? "the new primary"} serves");
                }

                await Task.Delay(Interval, context.Time, cancellationToken);
            }
            while (!Arrived(picture, target));

            _progress.End();
            if (before.IsPassive)
            {
                context.Terminal.Line(Terminal.Styled($"{picture.Status.Primary} leads {before.Group.Name}", "green"));
                return;
            }

            context.Terminal.Line(Terminal.Styled(
                $"{picture.Status.Primary} is primary of {before.Group.Name} (epoch {picture.Status.Epoch})", "green"));
            await PrintCostAsync(picture, cancellationToken);
        }
        finally
        {
            _progress.End();
        }
    }

    // At a passive site there is no epoch to tell by: the new leader must say so itself, and nobody who answers may say otherwise.
    private bool Arrived(GroupPicture picture, string? target) => before.IsPassive
        ? target is not null && picture.Heard.ContainsKey(target) && picture.Heard.Values.All(status => status.Primary == target)
        : picture.Status.Epoch > before.Status.Epoch && picture.Primary is { Healthy: true } primary && (target is null || primary.Name == target);

    // True when the request is done or forgotten; then the picture decides.
    private async Task<bool> IsDoneAsync(MemberSpec agent, string id, CancellationToken cancellationToken)
    {
        var answer = await client.MoveAsync(agent, id, cancellationToken);
        if (answer.Value is not { } move)
        {
            if (answer.Status != HttpStatusCode.NotFound && answer.Problem is { } problem)
            {
                _progress.Show(problem);
            }

            return answer.Status == HttpStatusCode.NotFound;
        }

        if (move.State is "refused" or "failed")
        {
            throw new CliException(ExitCode.Failed, $"{move.State}: {move.Message}");
        }

        if (move.State == "done")
        {
            return true;
        }

        _progress.Show(move.Message);
        return false;
    }

    private async Task PrintCostAsync(GroupPicture picture, CancellationToken cancellationToken)
    {
        var began = context.Time.GetTimestamp();
        HistoryEntry? entry = null;
        while (entry?.FirstCommitMs is null && context.Time.GetElapsedTime(began) < HistoryLimit)
        {
            foreach (var agent in picture.Askable.Take(2))
            {
                var history = await client.HistoryAsync(agent, cancellationToken);
                entry = history?.FirstOrDefault(one => one.Epoch == picture.Status.Epoch) ?? entry;
                if (entry?.FirstCommitMs is not null)
                {
                    break;
                }
            }

            await Task.Delay(Interval, context.Time, cancellationToken);
        }

        if (entry is not null && Breakdown.Of(entry) is { } cost)
        {
            context.Terminal.Plain($"  {cost}");
        }
    }
}
