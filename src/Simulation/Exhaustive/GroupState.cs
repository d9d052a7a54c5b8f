using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Exhaustive;

/// <summary>One member in the abstract: its server, its agent's picture and its memory. Time is not in it: all waiting may end at any step.</summary>
internal sealed record MemberState
{
    public bool Up { get; init; } = true;
    public MemberRole Role { get; init; } = MemberRole.Standby;
    /// <summary>Entries by number: the epoch under which each was written, times a hundred, and its place in the log.</summary>
    public ImmutableArray<int> Log { get; init; } = [];
    public uint Timeline { get; init; } = 1;
    public ImmutableArray<TimelineStart> History { get; init; } = [];
    public string? Upstream { get; init; }
    public SyncRule Sync { get; init; } = SyncRule.Blocked;
    public bool GateOpen { get; init; } = true;
    /// <summary>Epoch under which it runs as a primary; 0: it never did.</summary>
    public long PrimaryEpoch { get; init; }
    public int Run { get; init; }
    public MemberMemory Memory { get; init; } = new() { Epoch = 1, LogEpoch = 1 };
    public long HandsOverEpoch { get; init; }
    /// <summary>What the agent has last read; null: nothing since its start.</summary>
    public SharedKeys? Picture { get; init; }
    public bool RecordInDoubt { get; init; }
    public bool PromiseInDoubt { get; init; }

    public bool RunsAsPrimary => Up && Role == MemberRole.Primary;
    public Lsn End => new((ulong)Log.Length * 16);
}

/// <summary>The group's keys in coordination.</summary>
/// <param name="Revision">Of the record.</param>
internal sealed record SharedKeys(
    GroupRecord Record, long Revision, ImmutableSortedDictionary<string, Promise> Promises, string? LeaseHolder);

/// <summary>The whole group at one moment.</summary>
internal sealed record GroupState
{
    public required ImmutableSortedDictionary<string, MemberState> Members { get; init; }
    public required SharedKeys Keys { get; init; }
    public ImmutableArray<(int Entry, long Epoch)> Acknowledged { get; init; } = [];
    public int Commits { get; init; }
    public int ServerCrashes { get; init; }
    public int AgentCrashes { get; init; }
    public long NextRevision { get; init; } = 2;

    public GroupState With(string name, MemberState member) => this with { Members = Members.SetItem(name, member) };
}
