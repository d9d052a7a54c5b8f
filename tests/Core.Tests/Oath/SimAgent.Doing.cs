using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Oath;

/// <summary>Carries out what the rules decide, as the contract of each <see cref="MemberAction"/> says.</summary>
internal sealed partial class SimAgent
{
    private void Do(MemberAction action, MemberView view, StoreState? picture, Action<bool> done)
    {
        var record = view.Record;
        switch (action)
        {
            case MemberAction.CreateRecord create:
                Write(state => state.Record is null ? state with { Record = create.Record } : null, done, () => { });
                break;
            case MemberAction.WriteRecord write:
                var compares = world.Spec.Driver.WriteComparesRecord;
                Write(state => !compares || state.RecordRevision == picture!.RecordRevision ? state with { Record = write.Record } : null, done, () => DoubtRecord(picture!));
                break;
            case MemberAction.WritePromise promise:
                Promise(promise, picture!, done);
                break;
            case MemberAction.WithdrawPromise:
                var bump = world.Spec.Driver.WithdrawalBumpsGuard;
                Write(state => state.RecordRevision != picture!.RecordRevision ? null
                    : state with { Promises = state.Promises.Remove(name), Guards = bump ? state.Guards.SetItem(name, -1) : state.Guards }, done, () => { });
                break;
            case MemberAction.Elect elect:
                Write(state => Elected(elect, state, picture!), done, () => DoubtRecord(picture!));
                break;
            case MemberAction.CloseRequest close:
                Write(state => state.Request?.Id == close.Id ? state with { Request = null } : null, done, () => { });
                break;
            case MemberAction.AcquireLease:
                AskForLease(granted =>
                {
                    _backoffUntil = granted ? _backoffUntil : world.Now + 200;
                    done(granted);
                });
                break;
            case MemberAction.AcquireSiteLease:
                AskForSiteLease(done);
                break;
            case MemberAction.Remember remember:
                Later(world.Between(0, 5), () =>
                {
                    Remember(remember.Memory);
                    done(true);
                });
                break;
            case MemberAction.HandOver hand:
                _handOverEpoch = hand.Epoch;
                _handingOverSince ??= world.Now;
                done(true);
                break;
            default:
                OnServer(action, record!, view, done);
                break;
        }
    }

    private void OnServer(MemberAction action, GroupRecord record, MemberView view, Action<bool> done)
    {
        switch (action)
        {
            case MemberAction.Start start:
                _handOverAbandoned |= view.Activity.HandingOverFor >= site.Group.Timing.HandOver;
                _handingOverSince = null;
                var sync = start.Role == MemberRole.Standby && start.Sync == SyncRule.Blocked && !world.Spec.Driver.StandbysAreBlocked ? SyncRule.None : start.Sync;
                Later(world.Between(1, 20), () =>
                {
                    Server.Start(start.Role, sync, start.GateOpen, start.Upstream, record.Epoch);
                    done(Server.Process != ProcessState.Stopped);
                });
                break;
            case MemberAction.Stop { Immediate: true }:
                Later(world.Between(1, 20), () =>
                {
                    Server.Kill();
                    done(true);
                });
                break;
            case MemberAction.Stop:
                Job("stopping", 0, finished => Server.StopInGoodOrder(() => finished(true)), done);
                break;
            case MemberAction.SetSync set:
                _barrier = world.Spec.Driver.ForgetsBarrier ? null : _barrier;
                Server.SetSync(set.Rule);
                Later(world.Between(1, 5), () => done(true));
                break;
            case MemberAction.SetGate gate:
                Server.SetGate(gate.Open);
                Later(world.Between(1, 10), () => done(true));
                break;
            case MemberAction.Attach attach:
                Server.Attach(attach.Upstream);
                Later(world.Between(1, 5), () => done(Server.Upstream == attach.Upstream));
                break;
            case MemberAction.Detach:
                _lsnBeforeStop = view.Engine.Position;
                var incarnation = _incarnation;
                Server.Detach(() =>
                {
                    if (_incarnation == incarnation)
                    {
                        done(true);
                    }
                });
                break;
            case MemberAction.Promote:
                Job("promoting", 0, finished => Server.Promote(record.Epoch, () => finished(true)), done);
                break;
            case MemberAction.Initialise:
                Job("initialising", world.Between(30, 200), finished =>
                {
                    Server.Initialise();
                    finished(true);
                }, done);
                break;
            case MemberAction.PrepareAccess:
                _accessPrepared = true;
                Later(1, () => done(true));
                break;
            case MemberAction.Checkpoint checkpoint:
                Job("checkpoint", world.Between(5, 200), finished =>
                {
                    _checkpointedFor = checkpoint.RequestId;
                    finished(true);
                }, done);
                break;
            case MemberAction.Salvage salvage:
                Job("salvaging", world.Between(5, 60), finished =>
                {
                    Server.Salvage(salvage.From);
                    Remember(Memory with { Divergence = Memory.Divergence is { } divergence ? divergence with { Salvaged = true } : null });
                    finished(true);
                }, done);
                break;
            case MemberAction.Rewind rewind:
                Job("rewinding", world.Between(20, 200), finished => finished(Rewound(rewind.Upstream, record)), done);
                break;
            case MemberAction.CloneFrom clone:
                Clone(clone.Upstream, record, done);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action.GetType().Name, "the driver does not know this action");
        }
    }

    private LogPosition? _lsnBeforeStop;

    private void Promise(MemberAction.WritePromise promise, StoreState picture, Action<bool> done)
    {
        var position = world.Spec.Driver.ReadsLsnAfterStop ? promise.Position : _lsnBeforeStop ?? promise.Position;
        var guard = picture.Guards.GetValueOrDefault(name);
        Write(
            state => state.RecordRevision == picture.RecordRevision && state.Guards.GetValueOrDefault(name) == guard
                ? state with { Promises = state.Promises.SetItem(name, new Promise(promise.Epoch, name, position, -1)) }
                : null,
            done, () => _promiseDoubt = (picture.RecordRevision, guard));
    }

    private StoreState? Elected(MemberAction.Elect elect, StoreState state, StoreState picture)
    {
        var driver = world.Spec.Driver;
        var recordHolds = !driver.ElectComparesRecord || state.RecordRevision == picture.RecordRevision;
        var promisesHold = !driver.ElectComparesPromises ||
            elect.Counted.All(promise => state.Promises.TryGetValue(promise.Member, out var standing) && standing.Revision == promise.Revision);
        return recordHolds && promisesHold && !(elect.LeaseMustBeGone && state.LeaseHolder is not null) ? state with { Record = elect.Record, Request = null } : null;
    }

    private void DoubtRecord(StoreState picture)
    {
        _recordInDoubt = true;
        _recordDoubtAt = picture.RecordRevision;
    }

    private void Write(Func<StoreState, StoreState?> change, Action<bool> done, Action doubt)
    {
        var incarnation = _incarnation;
        site.Store.Call(name, change, (end, after) =>
        {
            if (_incarnation != incarnation)
            {
                return;
            }

            if (end == CallEnd.InDoubt)
            {
                doubt();
            }
            else if (end is CallEnd.Done or CallEnd.Conflict && world.Spec.Driver.ReadsItsWrites)
            {
                Local.Learn(after);
            }

            done(end == CallEnd.Done);
        });
    }

    /// <summary>Runs beside the loop; dies with the agent.</summary>
    private void Job(string what, int milliseconds, Action<Action<bool>> work, Action<bool> done)
    {
        _job = what;
        done(false);
        Later(milliseconds, () =>
        {
            var incarnation = _incarnation;
            work(_ =>
            {
                if (_incarnation == incarnation)
                {
                    _job = null;
                }
            });
        });
    }

    private bool Rewound(string upstream, GroupRecord record)
    {
        if (Memory.Divergence is not { } divergence)
        {
            return false;
        }

        var works = !world.Chance(0.15) && Server.Rewind(upstream, divergence.From, !world.Spec.Driver.RewindDistrustsNumbers);
        Remember(works ? Memory with { LogEpoch = LogEpochAfterJob(record), Divergence = null } : Memory with { Divergence = divergence with { RewindFailed = true } });
        return works;
    }

    private void Clone(string upstream, GroupRecord record, Action<bool> done)
    {
        if (!Server.BeginClone(upstream))
        {
            done(false);
            return;
        }

        Job($"cloning from {upstream}", world.Between(50, 400), finished =>
        {
            if (Server.FinishClone(upstream))
            {
                // The data are complete before the memory says so; a crash in between is only slow.
                Remember(Memory with { LogEpoch = LogEpochAfterJob(record), Divergence = null });
            }

            finished(true);
        }, done);
    }

    private long LogEpochAfterJob(GroupRecord atStart) => world.Spec.Driver.LogEpochOfJob ? atStart.Epoch : Picture?.Record?.Epoch ?? atStart.Epoch;
}
