using System.Collections.Immutable;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Sites;

/// <summary>
/// At the active primary: measures the link to the other site, has it judged, and makes the server ask of commits what the judgement says. All
/// calls are the loop's.
/// </summary>
internal sealed class LinkDuty(StoreSpec store, IMemberEngine engine, Func<string, TimeSpan?> roundTrip, TimeProvider time, EventLog log)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainWindow = TimeSpan.FromSeconds(5);
    private readonly LagMeter _lag = new(time);
    private (string Member, Lsn Flushed, long At)? _drainFrom;
    private long? _drain;
    private LinkJudgement _judgement = LinkJudgement.Nothing;

    /// <summary>For status; null: this member is not the active primary.</summary>
    public LinkStatus? Status { get; private set; }

    /// <summary>How far the other site is behind, by this host's clock; null: not known here.</summary>
    public TimeSpan? Lag { get; private set; }

    public async Task FollowAsync(MemberView view, CancellationToken stop)
    {
        if (view is not { IAmPrimary: true, IsPassive: false, Record: { IsBeingBorn: false, PendingFork: null }, Sites: { } sites } ||
            view.Engine is not { Process: ProcessState.Running, Role: MemberRole.Primary, Inserted: { } end })
        {
            _lag.Forget();
            (_judgement, Status, Lag, _drainFrom, _drain) = (LinkJudgement.Nothing, null, null, null, null);
            return;
        }

        _lag.Note(end);
        var facts = Facts(view, sites, end);
        var before = _judgement;
        _judgement = LinkJudge.Judge(before, facts, store, view.Group.Timing.SuspectAfter);
        Lag = facts.Lag;
        Status = Told(facts);
        if (before.State != _judgement.State)
        {
            log.Info("link", $"{_judgement.State} to {facts.To ?? sites.Policy.Other}", ("backlog", facts.Backlog), ("behind", facts.Behind));
        }

        if (view.Engine.ConfiguredExtra is { } extra && extra != _judgement.Extra && view.Engine.ConfiguredSync is not null)
        {
            log.Info("link", $"on top of the rule: {_judgement.Extra}", ("lag", facts.Lag), ("backlog", facts.Backlog));
            using var limit = new TimeLimit(CallLimit, time, stop);
            await engine.SetExtraAsync(_judgement.Extra, limit.Token);
        }
    }

    private LinkFacts Facts(MemberView view, SiteView sites, Lsn end)
    {
        var connected = view.Engine.Standbys.Where(standby => sites.Remote.ContainsKey(standby.Member)).MaxBy(standby => standby.Flushed);
        var slots = view.Engine.Slots.Where(slot => sites.Remote.ContainsKey(slot.Member)).ToImmutableArray();
        var to = connected?.Member ?? sites.OtherCard?.Leader;
        var slot = slots.FirstOrDefault(slot => slot.Member == to) ?? slots.MinBy(slot => slot.Backlog ?? long.MaxValue);
        MeasureDrain(connected);
        return new LinkFacts
        {
            To = to,
            Connected = connected is not null,
            Streaming = connected is { Streaming: true },
            SilentFor = to is not null && sites.Remote.TryGetValue(to, out var peer) ? peer.SilentFor : null,
            Behind = connected is null ? slot?.Backlog : (long)end.BytesAhead(connected.Flushed),
            Lag = connected is not null ? _lag.Of(connected.Flushed, end)
                : slot?.Backlog is { } backlog ? _lag.Of(new Lsn(end.Value - (ulong)Math.Min(backlog, (long)end.Value)), end)
                : null,
            Backlog = slot?.Backlog,
            Lost = slot is { Lost: true },
            Rate = view.Engine.LogRate,
            Drain = _drain,
        };
    }

    private void MeasureDrain(StandbyView? connected)
    {
        if (connected is null || connected.Member != _drainFrom?.Member)
        {
            _drainFrom = connected is null ? null : (connected.Member, connected.Flushed, time.GetTimestamp());
            _drain = null;
        }
        else if (_drainFrom is { } from && time.GetElapsedTime(from.At) is var elapsed && elapsed >= DrainWindow)
        {
            _drain = (long)(connected.Flushed.BytesAhead(from.Flushed) / elapsed.TotalSeconds);
            _drainFrom = (connected.Member, connected.Flushed, time.GetTimestamp());
        }
    }

    private LinkStatus Told(LinkFacts facts) => new()
    {
        State = Words.Of(_judgement.State),
        To = facts.To,
        BacklogBytes = facts.Backlog,
        FullInSeconds = _judgement.FullIn?.TotalSeconds,
        CaughtUpInSeconds = _judgement.CaughtUpIn?.TotalSeconds,
        RateBytesPerSecond = facts.Rate,
        RoundTripMs = facts.To is { } to ? roundTrip(to)?.TotalMilliseconds : null,
        EnforcingRpo = _judgement.Extra.Member is not null,
        WritesStopped = _judgement.Extra.Hold,
    };
}
