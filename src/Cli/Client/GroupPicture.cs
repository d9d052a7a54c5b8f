using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>What the agents of a group say together.</summary>
/// <param name="Status">Merged: the freshest epoch's word, each member's own word about itself.</param>
/// <param name="Silent">Agents that did not answer, and why.</param>
internal sealed record GroupPicture(Group Group, GroupStatus Status, ImmutableSortedDictionary<string, string> Silent)
{
    /// <summary>What each agent that answered says, by member.</summary>
    public ImmutableSortedDictionary<string, GroupStatus> Heard { get; init; } = ImmutableSortedDictionary<string, GroupStatus>.Empty;

    /// <summary>Agents that are another member's than the file says, and whose they are; of those that did not answer.</summary>
    public ImmutableSortedDictionary<string, string> Strange { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool SomebodyAnswered => Silent.Count < Group.Members.Length;

    /// <summary>Of a passive site: its primary is a standby leader.</summary>
    public bool IsPassive => Status.Mode == "passive";

    /// <summary>What to write for another member than this one in a command.</summary>
    public string Other(string name) =>
        Status.Members.Where(member => member.Name != name).OrderByDescending(member => member.Healthy).FirstOrDefault()?.Name ?? "MEMBER";

    public MemberStatus Member(string name) => Status.Members.First(member => member.Name == name);

    public MemberStatus? Primary => Status.Members.FirstOrDefault(member => member.Name == Status.Primary);

    /// <summary>Agents in the order in which to ask for a change: those that answered, the primary's first.</summary>
    public IEnumerable<MemberSpec> Askable => Group.Members
        .Where(member => !Silent.ContainsKey(member.Name))
        .OrderByDescending(member => member.Name == Status.Primary)
        .ThenByDescending(member => Status.Candidates.Contains(member.Name));

    /// <summary>Of a call that only that member's own agent can carry out: no other is to get it.</summary>
    /// <exception cref="CliException">The agent at the member's address is another's.</exception>
    public void RequireOwnAgent(MemberSpec member)
    {
        if (Strange.TryGetValue(member.Name, out var whose))
        {
            throw new CliException(
                ExitCode.Failed,
                $"nothing was done: the agent on {member.Agent} is that of {whose}, not of {member.Name}: the file that was used and the running " +
                "agents do not agree; compare the members' agent addresses");
        }
    }

    /// <summary>Asks all agents at once; each has <paramref name="limit"/>.</summary>
    public static async Task<GroupPicture> TakeAsync(AgentClient client, Group group, TimeSpan limit, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(group.Members.Select(member => client.StatusAsync(member, limit, cancellationToken)));
        return Merge(group, group.Members.Zip(answers, (member, answer) => (member.Name, answer)));
    }

    public static GroupPicture Merge(Group group, IEnumerable<(string Member, AgentAnswer<GroupStatus> Answer)> answers)
    {
        var heard = new Dictionary<string, GroupStatus>(StringComparer.Ordinal);
        var silent = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var strange = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (member, answer) in answers)
        {
            if (answer.Value is { } status && status.Member == member && status.Store == group.Store.Name && status.System == group.System.Name)
            {
                heard[member] = status;
            }
            else
            {
                silent[member] = answer.Problem ?? $"the agent there is that of {answer.Value!.Member} of {answer.Value.System}/{answer.Value.Store}";
                if (answer.Value is { } other)
                {
                    strange[member] = $"{other.Member} of system {other.System}, store {other.Store}";
                }
            }
        }

        // The primary knows the standbys best; one that coordination answers knows the record best.
        var word = heard.Values
            .OrderByDescending(status => status.Epoch)
            .ThenByDescending(status => status.Primary == status.Member)
            .ThenByDescending(status => status.CoordinationReachable)
            .ThenByDescending(status => status.Members.Count(member => member.Reachable))
            .FirstOrDefault() ?? Nothing(group);
        var members = group.Members.Select(member => Row(member, word, heard.GetValueOrDefault(member.Name), silent.GetValueOrDefault(member.Name)));
        return new GroupPicture(group, word with { Members = [.. members] }, silent.ToImmutable())
        {
            Heard = heard.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Strange = strange.ToImmutable(),
        };
    }

    private static GroupStatus Nothing(Group group) => new()
    {
        System = group.System.Name,
        Store = group.Store.Name,
        Site = group.Site,
        Member = "",
        Safety = "no agent answers",
    };

    private static MemberStatus Row(MemberSpec member, GroupStatus word, GroupStatus? own, string? why)
    {
        var seen = word.Members.FirstOrDefault(row => row.Name == member.Name);
        if (own?.Members.FirstOrDefault(row => row.Name == member.Name) is { } self)
        {
            var old = own.Epoch < word.Epoch ? $"its agent knows epoch {own.Epoch} only, the group is at {word.Epoch}" : null;
            return self with { Reachable = true, LagBytes = seen?.LagBytes ?? self.LagBytes, Fault = self.Fault ?? old };
        }

        if (seen is { Reachable: true })
        {
            return seen with { Fault = seen.Fault ?? $"its agent does not answer here: {why}" };
        }

        return new MemberStatus
        {
            Name = member.Name,
            Address = member.Address.ToString(),
            Agent = member.Agent.ToString(),
            State = MemberStates.Unreachable,
            Candidate = seen?.Candidate ?? false,
            Fault = why ?? "its agent has not looked at its server yet",
        };
    }
}
