using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Exhaustive;

/// <summary>What agents do: the real rules decide, on a picture of coordination that may be old.</summary>
internal sealed class AgentSteps(Scope scope, ImmutableArray<Rule> table)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    public static GroupState Read(GroupState state, string name)
    {
        var member = state.Members[name];
        var first = member.Picture is null;
        var mine = state.Keys.Record.Primary == name;
        return state.With(name, member with
        {
            Picture = state.Keys,
            RecordInDoubt = first ? mine : member.RecordInDoubt && member.Picture!.Revision == state.Keys.Revision,
            PromiseInDoubt = first ? !mine : member.PromiseInDoubt && member.Picture!.Revision == state.Keys.Revision,
            HandsOverEpoch = mine && member.HandsOverEpoch == state.Keys.Record.Epoch ? member.HandsOverEpoch : 0,
        });
    }

    /// <param name="patient">Nothing has lasted long, and nobody is suspected; otherwise everything has, and the primary is.</param>
    /// <returns>Null: nothing is done. What is done may change nothing.</returns>
    public (string Step, GroupState After, string? Violation)? Act(GroupState state, string name, bool patient)
    {
        var decision = FailoverRules.Decide(table, View(state, name, patient));
        if (decision.Action is MemberAction.None or MemberAction.Complain)
        {
            return null;
        }

        var done = Do(state, name, decision.Action);
        var after = ServerSteps.Acknowledge(done);
        return ($"{name} {decision.Rule}", after, Falls(state, after, name));
    }

    private static string? Falls(GroupState before, GroupState after, string name) =>
        after.Keys.Record.Epoch < before.Keys.Record.Epoch || after.Members[name].Memory.Epoch < before.Members[name].Memory.Epoch
            ? $"oath 3: an epoch of {name} falls"
            : null;

    private static GroupState Do(GroupState state, string name, MemberAction action)
    {
        var me = state.Members[name];
        var seen = me.Picture!;
        var current = seen.Revision == state.Keys.Revision;
        switch (action)
        {
            case MemberAction.WriteRecord write:
                return current ? Written(state, name, state.Keys with { Record = write.Record, Revision = state.NextRevision }) : state;
            case MemberAction.WritePromise promise:
                return current
                    ? Written(state, name, state.Keys with
                    {
                        Promises = state.Keys.Promises.SetItem(name, new Promise(promise.Epoch, name, promise.Position, state.NextRevision)),
                    })
                    : state;
            case MemberAction.WithdrawPromise:
                return current
                    ? Written(state.With(name, me with { PromiseInDoubt = false }), name, state.Keys with { Promises = state.Keys.Promises.Remove(name) })
                    : state;
            case MemberAction.Elect elect:
                return current && !(elect.LeaseMustBeGone && state.Keys.LeaseHolder is not null) && elect.Counted.All(promise =>
                    state.Keys.Promises.TryGetValue(promise.Member, out var standing) && standing.Revision == promise.Revision)
                    ? Written(state, name, state.Keys with
                    {
                        Record = elect.Record,
                        Revision = state.NextRevision,
                        Promises = state.Keys.Promises.RemoveRange(state.Keys.Promises.Where(p => p.Value.Epoch <= elect.Record.Epoch).Select(p => p.Key)),
                    })
                    : state;
            case MemberAction.AcquireLease:
                return current && (state.Keys.LeaseHolder ?? name) == name ? Written(state, name, state.Keys with { LeaseHolder = name }) : state;
            default:
                return state.With(name, OnServer(state, name, me, action));
        }
    }

    private static MemberState OnServer(GroupState state, string name, MemberState me, MemberAction action)
    {
        switch (action)
        {
            case MemberAction.Start start when !me.Up:
                return me with { Up = true, Role = start.Role, Sync = start.Sync, GateOpen = start.GateOpen, Upstream = start.Upstream, HandsOverEpoch = 0 };
            case MemberAction.Stop:
                return me with { Up = false, Upstream = null };
            case MemberAction.SetSync set:
                return me with { Sync = set.Rule };
            case MemberAction.SetGate gate:
                return me with { GateOpen = gate.Open };
            case MemberAction.Attach attach when me.Up:
                return me with { Upstream = attach.Upstream };
            case MemberAction.Detach:
                return me with { Upstream = null };
            case MemberAction.Promote when me is { Up: true, Role: MemberRole.Standby }:
                var epoch = me.Picture!.Record.Epoch;
                return me with
                {
                    Role = MemberRole.Primary,
                    PrimaryEpoch = epoch,
                    Timeline = me.Timeline + 1,
                    History = me.History.Add(new TimelineStart(me.Timeline + 1, me.End)),
                    Upstream = null,
                    Log = me.Log.Add((int)(epoch * 100) + me.Log.Length),
                    HandsOverEpoch = 0,
                };
            case MemberAction.Remember remember:
                return me with { Memory = remember.Memory };
            case MemberAction.HandOver hand:
                return me with { HandsOverEpoch = hand.Epoch };
            case MemberAction.Salvage:
                return me with { Memory = me.Memory with { Divergence = me.Memory.Divergence is { } divergence ? divergence with { Salvaged = true } : null } };
            case MemberAction.Rewind { Upstream: var from } when state.Members[from].RunsAsPrimary && !me.Up:
                return Copied(me, state.Members[from]);
            case MemberAction.CloneFrom { Upstream: var from } when state.Members[from].RunsAsPrimary && !me.Up:
                return Copied(me, state.Members[from]);
            default:
                return me;
        }
    }

    private static MemberState Copied(MemberState me, MemberState source)
    {
        var epoch = me.Picture!.Record.Epoch;
        return me with
        {
            Role = MemberRole.Standby,
            Log = source.Log,
            Timeline = source.Timeline,
            History = source.History,
            PrimaryEpoch = 0,
            Memory = me.Memory with { LogEpoch = epoch, Epoch = Math.Max(epoch, me.Memory.Epoch), WasPrimary = false, Divergence = null },
        };
    }

    /// <summary>Who has written looks at once.</summary>
    private static GroupState Written(GroupState state, string name, SharedKeys keys) =>
        Read(state with { Keys = keys, NextRevision = state.NextRevision + 1 }, name);

    private MemberView View(GroupState state, string name, bool patient)
    {
        var me = state.Members[name];
        var seen = me.Picture!;
        var lasted = patient ? TimeSpan.Zero : Long;
        var suspects = !patient && seen.Record.Primary != name;
        var standbys = state.Members.Where(other => other.Key != name && other.Value.Upstream == name && ServerSteps.Follows(state, other.Value) is not null)
            .Select(other => new StandbyView(other.Key, true, other.Value.End, me.Sync.Candidates.Contains(other.Key))).ToImmutableArray();
        var absent = state.Members.Keys.Where(other => other != name && standbys.All(standby => standby.Member != other));
        return new MemberView
        {
            Me = name,
            Group = new GroupSpec
            {
                Store = "orders",
                Site = "fra",
                Members = state.Members.Keys.ToImmutableSortedDictionary(other => other, _ => 100, StringComparer.Ordinal),
                Acks = scope.Acks,
            },
            Coordination = new CoordinationView
            {
                Reachable = true,
                State = RecordState.Present,
                Record = seen.Record,
                Promises = seen.Promises.Where(promise => promise.Value.Epoch > seen.Record.Epoch).ToImmutableSortedDictionary(),
                RecordInDoubt = me.RecordInDoubt,
                PromiseInDoubt = me.PromiseInDoubt,
                PrimaryLeaseExists = seen.LeaseHolder is not null,
            },
            Engine = new EngineView
            {
                Data = DataState.Present,
                SystemId = "S",
                Process = me.Up ? ProcessState.Running : ProcessState.Stopped,
                Role = me.Role,
                Position = me.Up ? new LogPosition(me.Timeline, me.End) : null,
                Applied = me is { Up: true, Role: MemberRole.Standby } ? me.End : null,
                ApplyIdle = me.Up,
                Inserted = me.RunsAsPrimary ? me.End : null,
                History = me.History,
                Upstream = me.Upstream,
                Receiving = me.Upstream is not null,
                Streaming = ServerSteps.Follows(state, me) is not null,
                ConfiguredSync = me.Sync,
                EffectiveSync = me.RunsAsPrimary ? me.Sync : null,
                Standbys = me.RunsAsPrimary ? standbys : [],
                GateOpen = me.GateOpen,
                RunId = me.Up ? "run" : null,
            },
            Memory = me.Memory,
            Peers = state.Members.Where(other => other.Key != name).ToImmutableSortedDictionary(
                other => other.Key, other => Peer(other.Value, seen, patient), StringComparer.Ordinal),
            Suspicion = suspects ? new SuspicionVerdict(true, true, "everything is silent") : SuspicionVerdict.Trusting,
            Activity = new ActivityView
            {
                AccessPrepared = true,
                Barrier = me.RunsAsPrimary ? me.End : null,
                BarrierRule = me.RunsAsPrimary ? me.Sync : null,
                AdmissionBarrier = me.RunsAsPrimary ? me.End : null,
                AbsentFor = absent.ToImmutableDictionary(other => other, _ => lasted),
                StalledFor = lasted,
                ElectedFor = me.Role == MemberRole.Standby && seen.Record.Primary == name ? lasted : TimeSpan.Zero,
                AdriftFor = me is { Up: true, Role: MemberRole.Standby, Upstream: not null } && ServerSteps.Follows(state, me) is null ? lasted : TimeSpan.Zero,
                PromisedFor = lasted,
                HandingOverFor = me.HandsOverEpoch == 0 ? null : lasted,
                HandOverAbandoned = !patient && me.HandsOverEpoch != 0,
                PrimaryAliveFor = suspects ? TimeSpan.Zero : Long,
                LeaseHeld = state.Keys.LeaseHolder == name,
            },
        };
    }

    private static PeerView Peer(MemberState other, SharedKeys seen, bool patient) => new()
    {
        SilentFor = TimeSpan.Zero,
        Epoch = other.Memory.Epoch,
        Data = DataState.Present,
        Process = other.Up ? ProcessState.Running : ProcessState.Stopped,
        Role = other.Role,
        Position = other.Up ? new LogPosition(other.Timeline, other.End) : null,
        LogEpoch = other.Memory.LogEpoch,
        Streaming = other.Upstream is not null,
        SuspectsEpoch = patient ? 0 : seen.Record.Epoch,
        HandsOverEpoch = other.HandsOverEpoch,
    };
}
