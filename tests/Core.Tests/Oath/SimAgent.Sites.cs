using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.OathOfSites;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Oath;

/// <summary>What an agent knows of the global scope and of the other site, and the site lease.</summary>
internal sealed partial class SimAgent
{
    private readonly Dictionary<string, (PeerView Said, long At)> _remote = new(StringComparer.Ordinal);
    private CardAge? _card;
    private ClockTrail _clocks = ClockTrail.Empty;
    private TimeSpan? _confirmedAtLook;
    private string? _leader;
    private long? _endedAt;
    private long? _leaseGoneSince;
    private long? _leaderLostSince;
    private long _lastTold;
    private long _lastLedger;
    private SiteLeaseState? _siteLease;
    private bool _siteExpired;
    private long _siteLeaseAsked;

    /// <summary>Lives beside the agent and outlives it.</summary>
    private long? _siteGuard;

    /// <param name="Deadline">Until then the server may write.</param>
    /// <param name="TakenAt">A picture of the scope from before says nothing about it.</param>
    private sealed record SiteLeaseState(long Id, long Deadline, long TakenAt);

    private SimMirror<GlobalState>? Global => world.Link is null ? null
        : field ??= new SimMirror<GlobalState>(world, name, world.Link.Global, 400, Later, (_, _) => { });

    private long SiteLeaseMs => (long)site.Group.Timing.SiteLease.TotalMilliseconds;

    public void Tell(GlobalState state) => Global!.Tell(state, Alive);

    private void ForgetSites()
    {
        Global?.Forget();
        _remote.Clear();
        _card = null;
        _clocks = ClockTrail.Empty;
        _confirmedAtLook = null;
        _endedAt = _leaseGoneSince = _leaderLostSince = null;
        _siteLease = null;
        _siteExpired = _dutyBusy = false;
        _cardWritten = -10_000;
        _step = ("", 0);
        _jobs.Clear();
    }

    private void LaunchSites()
    {
        if (Global is { } global)
        {
            Later(world.Between(1, 20), global.Watch);
        }
    }

    /// <summary>Heartbeats to the other site, the lease's renewal, and the ledger.</summary>
    private void BeatBetweenSites(PeerView said)
    {
        if (world.Link is null)
        {
            return;
        }

        RenewSiteLease();
        if (world.Now - _lastLedger >= 250)
        {
            _lastLedger = world.Now;
            Server.Tick();
        }

        if (world.Now - _lastTold < 200)
        {
            return;
        }

        _lastTold = world.Now;
        foreach (var peer in world.Agents.Values.Where(peer => peer.Site != site && world.Network.Delivers(name, peer.Name)))
        {
            peer.Later(world.Between(5, 30), () => peer._remote[name] = (said, world.Now));
        }
    }

    private static TimeSpan Time(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private MemberView WithSites(MemberView view)
    {
        if (Global is not { } global)
        {
            return view;
        }

        var picture = global.Picture;
        NoteSiteLease(picture);
        var policy = world.Link!.PolicyOf(site.Name);
        var goneNow = global.Connected && picture is not null && picture.Lease is null;
        _leaseGoneSince = goneNow ? _leaseGoneSince ?? world.Now : null;
        var cards = picture?.Cards.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Card, StringComparer.Ordinal)
            ?? ImmutableSortedDictionary<string, SiteCard>.Empty;
        var (now, driver) = (Time(world.Now), world.Spec.Driver);
        var confirmed = driver.CardAgeFromConfirmation ? _confirmedAtLook : now;
        _card = cards.GetValueOrDefault(policy.Other) is { } other ? CardAge.Note(_card, other, now, now, confirmed) : null;
        _clocks = _clocks.Note(cards.GetValueOrDefault(policy.Other), driver.CardAgeFromMaking ? _card : _card is { } seen ? seen with { Made = seen.Written } : null);
        var clock = driver.ClocksOfOneHost ? _clocks.Of(Server.LedgerEpoch) : _clocks.Points.LastOrDefault();
        _confirmedAtLook = global.Confirmed is { } last ? Time(last) : null;
        var gone = _leaseGoneSince is { } since ? Since(since) : TimeSpan.Zero;
        var lost = view.Record is { Mode: ProtectionMode.Passive } led && led.Primary != name &&
            !(view.Peers.TryGetValue(led.Primary, out var leader) && leader.LooksUsable(site.Group.Timing));
        _leaderLostSince = !lost ? null : _leader == view.Record!.Primary ? _leaderLostSince ?? world.Now : world.Now;
        _leader = view.Record?.Primary;
        var sites = new SiteView
        {
            Policy = policy,
            Reachable = global.Connected,
            UnreachableFor = global.Connected ? TimeSpan.Zero : Since(global.LastContact),
            State = picture is null ? RecordState.Unknown : picture.Record is null ? RecordState.Absent : RecordState.Present,
            Record = picture?.Record,
            Move = picture?.Move,
            LeaseSite = picture?.Lease?.Site,
            LeaseHeld = _siteLease?.Deadline > world.Now,
            LeaseExpired = _siteExpired || _siteLease?.Deadline <= world.Now,
            LeaseGoneFor = gone,
            Cards = cards,
            OtherSilentFor = now - _card?.Written,
            Remote = _remote.ToImmutableSortedDictionary(
                pair => pair.Key, pair => pair.Value.Said with { SilentFor = Since(pair.Value.At) }, StringComparer.Ordinal),
            Lag = SiteLag.Bound(policy, clock,
                driver.RowsCountUnderTheirEpoch && Eras.Of(Server.LedgerEpoch) != picture?.Record?.Epoch ? null : Server.LedgerClock, now, gone),
        };
        var whole = view with
        {
            Sites = sites,
            Activity = view.Activity with { LeaderLostFor = _leaderLostSince is { } lostSince ? Since(lostSince) : TimeSpan.Zero },
        };
        FollowSiteLease(whole);
        return whole;
    }

    /// <summary>The lease is let go where this member is no writer, and its guard has nothing to guard.</summary>
    private void FollowSiteLease(MemberView view)
    {
        var known = view.Sites!.State == RecordState.Present && view.Coordination.State != RecordState.Unknown;
        if (known && !(view is { IAmPrimary: true, IsPassive: false } && !view.IsElsewhere()))
        {
            _siteLease = null;
            _siteGuard = null;
            _siteExpired = false;
        }
    }

    /// <summary>The key is gone, or another's: the lease has ended for this member, though it could still be renewed.</summary>
    private void NoteSiteLease(GlobalState? picture)
    {
        if (_siteLease is { } mine && picture is not null && picture.Revision >= mine.TakenAt && picture.Lease?.Id != mine.Id)
        {
            _siteLease = null;
            _siteExpired = true;
        }
    }

    private void AskForSiteLease(Action<bool> done)
    {
        var asked = world.Now;
        var (picture, incarnation, id) = (Global!.Picture!, _incarnation, world.Link!.NextLease());
        var driver = world.Spec.Driver;
        world.Link.Global.Call(name,
            state => (!driver.SiteLeaseComparesRecord || state.RecordRevision == picture.RecordRevision) &&
                (state.Lease?.Revision ?? 0) == (picture.Lease?.Revision ?? 0) && (state.Lease is null || state.Lease.Site == site.Name)
                    ? world.Link.Global.Granted(state, site.Name, name, id)
                    : null,
            (end, after) =>
            {
                if (_incarnation != incarnation)
                {
                    return;
                }

                if (end is CallEnd.Done or CallEnd.Conflict)
                {
                    Global.Learn(after);
                }

                if (end == CallEnd.Done)
                {
                    _siteExpired = false;
                    Hold(id, asked, after.Revision);
                }
                else
                {
                    _backoffUntil = world.Now + 200;
                }

                done(end == CallEnd.Done);
            });
    }

    private void RenewSiteLease()
    {
        if (_siteLease is not { } mine || world.Now - _siteLeaseAsked < SiteLeaseMs / 4)
        {
            return;
        }

        _siteLeaseAsked = world.Now;
        var (asked, incarnation) = (world.Now, _incarnation);
        world.Link!.Global.Renew(name, mine.Id, renewed =>
        {
            if (_incarnation != incarnation || _siteLease?.Id != mine.Id)
            {
                return;
            }

            if (renewed == true)
            {
                Hold(mine.Id, asked, mine.TakenAt);
            }
            else if (renewed == false)
            {
                _siteLease = null;
                _siteExpired = true;
            }
        });
    }

    /// <summary>The deadline counts from before it was asked for, and comes before the key can end.</summary>
    private void Hold(long id, long asked, long takenAt)
    {
        var deadline = (world.Spec.Driver.SiteLeaseCountsFromAsking ? asked : world.Now) +
            (long)(SiteLeaseMs * (world.Spec.Driver.SiteLeaseHasMargin ? 1 - SiteLag.DeadlineMargin : 1.3));
        _siteLeaseAsked = asked;
        _siteLease = new SiteLeaseState(id, deadline, takenAt);
        _siteGuard = deadline;
        world.After(deadline - world.Now, name, () => SiteGuard(deadline));
    }

    private void SiteGuard(long deadline)
    {
        if (_siteGuard != deadline || !world.Spec.Driver.SiteGuard)
        {
            return;
        }

        world.Note(name, "the site's guard ends the server: nobody has renewed the site lease");
        _siteGuard = null;
        _siteLease = null;
        _siteExpired = true;
        world.Oath.Fault();
        Server.Kill();
    }
}
