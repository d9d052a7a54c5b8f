using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.OathOfSites;
using Holdfast.Core.Tests.Scenarios;

namespace Holdfast.Core.Tests.Oath;

/// <summary>What an agent does in the global scope: after each look it asks its duties, and does one thing.</summary>
internal sealed partial class SimAgent
{
    private readonly List<StepJob> _jobs = [];
    private bool _dutyBusy;
    private long _cardWritten;
    private (string Key, long Since) _step = ("", 0);
    private string _lastDuty = "";

    public SimSite Site => site;

    private void Duties(MemberView member)
    {
        if (Global is not { Picture: { } picture } global || member.Sites is not { } sites || _dutyBusy)
        {
            return;
        }

        var key = sites.Moving?.Current is { } step ? $"{sites.Moving.Id}/{step.Kind}/{step.State}" : "";
        _step = key == _step.Key ? _step : (key, world.Now);
        _endedAt = member.Engine.Process == ProcessState.Stopped || member.Engine.Role == MemberRole.Standby ? _endedAt ?? world.ClockAt(name) : null;
        var view = new DutyView
        {
            Member = member,
            StepAge = key.Length == 0 ? TimeSpan.Zero : Since(_step.Since),
            CardAge = Since(_cardWritten),
            LedgerClock = Server.LedgerClock,
            Clock = _endedAt ?? world.ClockAt(name),
            Jobs = [.. _jobs],
        };
        var decision = SiteDuties.Decide(world.Spec.Sites!.Duties, view);
        var text = $"{decision.Rule}: {DutyText.Of(decision.Action, view)}";
        if (text != _lastDuty && decision.Action is not SiteAction.PublishCard)
        {
            _lastDuty = text;
            world.Note(name, $"{text}   because {decision.Reason}");
        }

        if (decision.Action is SiteAction.None)
        {
            return;
        }

        var at = sites.Moving?.Current is { } current && decision.Rule.StartsWith("MOVE.", StringComparison.Ordinal)
            ? $"{decision.Rule} {current.Kind}"
            : decision.Rule;
        world.Oath.RulesFired.Add(decision.Rule);
        if (world.Interrupts(this, at, false))
        {
            return;
        }

        _dutyBusy = true;
        Later(world.Between(0, 8), () => Carry(decision.Action, view, picture, done =>
        {
            _dutyBusy = false;
            if (done)
            {
                world.Interrupts(this, at, true);
            }
        }));
    }

    private void Carry(SiteAction action, DutyView view, GlobalState seen, Action<bool> done)
    {
        var compares = world.Spec.Driver.GlobalWritesCompare;
        switch (action)
        {
            case SiteAction.CreateRecord create:
                Write(state => state.Record is null ? state with { Record = create.Record } : null, done);
                break;
            case SiteAction.PublishCard publish:
                Write(state => state.RecordRevision == seen.RecordRevision && state.CardRevision(site.Name) == seen.CardRevision(site.Name)
                    ? state with { Cards = state.Cards.SetItem(site.Name, (publish.Card, -1)) }
                    : null, published =>
                    {
                        _cardWritten = published ? world.Now : _cardWritten;
                        done(published);
                    });
                break;
            case SiteAction.WriteBoth both:
                Write(state => !compares || Same(state, seen) ? state with { Record = both.Record, Move = both.Move } : null, done);
                break;
            case SiteAction.WriteMove write:
                Write(state => !compares || Same(state, seen) ? state with { Move = write.Move } : null, done);
                break;
            case SiteAction.Take take:
                ((SitesOath)world.Oath).Taking(take, view);
                var mustBeGone = take.LeaseMustBeGone && world.Spec.Driver.TakeChecksLease;
                Write(state => (!compares || Same(state, seen)) && !(mustBeGone && state.Lease is not null)
                    ? state with { Record = take.Record, Move = take.Move, Lease = null }
                    : null, done);
                break;
            case SiteAction.RunHook hook:
                Run(hook.Move, hook.Step, world.Between(10, 500), done);
                break;
            case SiteAction.RunVerify verify:
                Run(verify.Move, verify.Step, world.Between(10, 500), done);
                break;
            case SiteAction.RunCheckpoint checkpoint:
                Run(checkpoint.Move, StepKind.Prepare, world.Between(5, 200), done);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action.GetType().Name, "the driver does not know this action");
        }

        static bool Same(GlobalState state, GlobalState seen) =>
            state.RecordRevision == seen.RecordRevision && state.MoveRevision == seen.MoveRevision;

        void Write(Func<GlobalState, GlobalState?> change, Action<bool> answer)
        {
            var incarnation = _incarnation;
            world.Link!.Global.Call(name, change, (end, after) =>
            {
                if (_incarnation == incarnation)
                {
                    if (end is CallEnd.Done or CallEnd.Conflict)
                    {
                        this.Global!.Learn(after);
                    }

                    answer(end == CallEnd.Done);
                }
            });
        }
    }

    private void Run(SiteMove move, StepKind step, int milliseconds, Action<bool> done)
    {
        _jobs.Add(new StepJob(move.Id, step, Ended: false, Succeeded: false, "runs"));
        done(true);
        Later(milliseconds, () =>
        {
            var index = _jobs.FindIndex(job => job.MoveId == move.Id && job.Step == step);
            _jobs[index] = _jobs[index] with { Ended = true, Succeeded = world.Calm || !world.Chance(0.1), Text = "ended" };
        });
    }
}
