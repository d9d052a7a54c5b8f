using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Simulation.Exhaustive;

/// <summary>How large a group is explored, and how much may happen to it.</summary>
/// <param name="Acks">k: how many of the candidates (all members but the first primary) must have flushed a commit.</param>
/// <param name="Commits">How many commits clients make.</param>
/// <param name="ServerCrashes">How often a server ends.</param>
/// <param name="AgentCrashes">How often an agent ends and starts again, without knowing what it had in flight.</param>
/// <param name="MaxEpoch">States beyond are not followed.</param>
/// <param name="Late">The members that may act on an old picture of coordination; the others see each change at once.</param>
internal sealed record Scope(int Members, int Acks, int Commits, int ServerCrashes, int AgentCrashes, int MaxEpoch, string Late)
{
    public static readonly ImmutableArray<Scope> All =
    [
        new(Members: 2, Acks: 1, Commits: 1, ServerCrashes: 1, AgentCrashes: 0, MaxEpoch: 2, Late: "ab"),
        new(Members: 3, Acks: 1, Commits: 1, ServerCrashes: 1, AgentCrashes: 0, MaxEpoch: 2, Late: ""),
        new(Members: 3, Acks: 2, Commits: 1, ServerCrashes: 1, AgentCrashes: 0, MaxEpoch: 2, Late: ""),
        new(Members: 3, Acks: 1, Commits: 1, ServerCrashes: 1, AgentCrashes: 0, MaxEpoch: 2, Late: "a"),
        new(Members: 3, Acks: 1, Commits: 1, ServerCrashes: 2, AgentCrashes: 0, MaxEpoch: 2, Late: ""),
    ];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Members} members, {Members - 1} candidates, {Acks} to acknowledge, {Commits} commits, " +
        $"{ServerCrashes} crashes of servers, {AgentCrashes} of agents, up to epoch {MaxEpoch}, {(Late.Length == 0 ? "nobody" : Late)} late");
}
