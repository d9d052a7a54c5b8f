using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Exhaustive;

/// <summary>What servers, clients and misfortune do.</summary>
internal static class ServerSteps
{
    public static IEnumerable<(string Step, GroupState After)> Of(GroupState state, string name, Scope scope)
    {
        var member = state.Members[name];
        if (member is { RunsAsPrimary: true, GateOpen: true } && state.Commits < scope.Commits)
        {
            yield return ($"a client writes on {name}", Append(state with { Commits = state.Commits + 1 }, name, isCommit: true));
        }

        if (Follows(state, member) is { } upstream && member.Log.Length < upstream.Log.Length)
        {
            var timeline = TimelineAt(upstream, member.Log.Length);
            yield return ($"{name} receives", state.With(name, member with
            {
                Log = member.Log.Add(upstream.Log[member.Log.Length]),
                Timeline = timeline,
                History = [.. upstream.History.Where(fork => fork.Timeline <= timeline)],
            }));
        }

        if (member.Up && state.ServerCrashes < scope.ServerCrashes)
        {
            yield return (
                $"the server of {name} ends",
                state.With(name, member with { Up = false, Upstream = null }) with { ServerCrashes = state.ServerCrashes + 1 });
        }

        if (member.Picture is not null && state.AgentCrashes < scope.AgentCrashes)
        {
            yield return ($"the agent of {name} starts anew",
                state.With(name, member with { Picture = null, HandsOverEpoch = 0 }) with { AgentCrashes = state.AgentCrashes + 1 });
        }

        // Time protects a lease: it ends only when its holder's server has ended.
        if (state.Keys.LeaseHolder == name && !member.RunsAsPrimary)
        {
            yield return ($"the lease of {name} runs out", state with { Keys = state.Keys with { LeaseHolder = null } });
        }
    }

    public static GroupState Append(GroupState state, string name, bool isCommit)
    {
        var member = state.Members[name];
        var entry = (int)(member.PrimaryEpoch * 100) + member.Log.Length;
        var after = state.With(name, member with { Log = member.Log.Add(entry) });
        return isCommit && member.Sync == SyncRule.None ? after with { Acknowledged = after.Acknowledged.Add((entry, member.PrimaryEpoch)) } : after;
    }

    /// <summary>The primary that this member streams from; null: none. By numbers, as PostgreSQL compares.</summary>
    public static MemberState? Follows(GroupState state, MemberState member)
    {
        if (!member.Up || member.Role != MemberRole.Standby || member.Upstream is null || !state.Members[member.Upstream].RunsAsPrimary)
        {
            return null;
        }

        var upstream = state.Members[member.Upstream];
        if (upstream.Timeline == member.Timeline)
        {
            return member.Log.Length <= upstream.Log.Length ? upstream : null;
        }

        return upstream.History.Any(start => start.Timeline == member.Timeline + 1 && member.End <= start.Fork) ? upstream : null;
    }

    /// <summary>As soon as enough of those who stream have flushed it, a commit is acknowledged.</summary>
    public static GroupState Acknowledge(GroupState state)
    {
        foreach (var (name, primary) in state.Members)
        {
            if (!primary.RunsAsPrimary || !primary.Sync.Protects)
            {
                continue;
            }

            var candidates = primary.Sync.Candidates.Where(state.Members.ContainsKey).Select(other => state.Members[other])
                .Where(other => other.Upstream == name && Follows(state, other) is not null).ToArray();
            foreach (var entry in primary.Log.Where(entry => entry / 100 == primary.PrimaryEpoch))
            {
                if (!state.Acknowledged.Contains((entry, primary.PrimaryEpoch)) &&
                    candidates.Count(other => other.Log.Contains(entry)) >= primary.Sync.Acks)
                {
                    state = state with { Acknowledged = state.Acknowledged.Add((entry, primary.PrimaryEpoch)) };
                }
            }
        }

        return state;
    }

    /// <summary>What is broken in this state; null: nothing.</summary>
    public static string? Violation(GroupState state)
    {
        foreach (var (name, member) in state.Members)
        {
            if (member.RunsAsPrimary && member.PrimaryEpoch == state.Keys.Record.Epoch && state.Keys.Record.Primary == name)
            {
                if (state.Acknowledged.FirstOrDefault(commit => commit.Epoch < member.PrimaryEpoch && !member.Log.Contains(commit.Entry))
                    is { Epoch: > 0 } lost)
                {
                    return $"oath 2: {name}, primary of epoch {member.PrimaryEpoch}, lacks {lost.Entry}, which was acknowledged in epoch {lost.Epoch}";
                }

                if (!QuorumPlanner.Overlaps(member.Sync, state.Keys.Record.Sync))
                {
                    return $"oath 1: {name} acknowledges by {member.Sync}, while the record lets {state.Keys.Record.Sync} elect";
                }
            }

            if (Follows(state, member) is { } upstream && !upstream.Log.AsSpan().StartsWith(member.Log.AsSpan()))
            {
                return $"oath 4: {name} follows {member.Upstream}, but its log is of another history";
            }

            if (member.Up && member.Upstream is { } followed && state.Keys.Promises.TryGetValue(name, out var promise) &&
                promise.Epoch > state.Members[followed].PrimaryEpoch && promise.Epoch > state.Keys.Record.Epoch && Follows(state, member) is not null)
            {
                return $"oath 3: {name} follows {followed} while its promise for epoch {promise.Epoch} stands";
            }
        }

        return null;
    }

    private static uint TimelineAt(MemberState upstream, int index)
    {
        var lsn = new Lsn((ulong)index * 16);
        return upstream.History.Where(fork => fork.Fork <= lsn).Select(fork => fork.Timeline).DefaultIfEmpty(1U).Max();
    }
}
