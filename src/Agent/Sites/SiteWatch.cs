using System.Collections.Immutable;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Watching;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Sites;

/// <summary>Makes the view of the global scope and of the other site, with its measured times. All calls are the loop's.</summary>
internal sealed class SiteWatch(SitePolicy policy, SiteKeys keys, PrefixMirror mirror, SiteLeaseDuty lease, Ledger ledger, TimeProvider time)
{
    /// <summary>The global scope counts as away when it has confirmed nothing for so long.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private readonly Since _unreachable = new(time);
    private readonly Since _leaseGone = new(time);
    private object? _read;
    private readonly long _origin = time.GetTimestamp();
    private CardAge? _card;
    private ClockTrail _clocks = ClockTrail.Empty;
    private TimeSpan? _confirmed;
    private TimeSpan? _looked;

    /// <summary>The picture that the last view was made from.</summary>
    public SitePicture Picture { get; private set; } = SitePicture.Unread;

    /// <summary>The store revision of <see cref="Picture"/>.</summary>
    public long Revision { get; private set; }

    public SiteView Look(ImmutableSortedDictionary<string, PeerView> remote)
    {
        var current = mirror.Current;
        if (!ReferenceEquals(current.Keys, _read))
        {
            _read = current.Keys;
            Picture = current.IsLoaded ? SitePicture.Read(keys, policy, current.Keys) : SitePicture.Unread;
        }

        Revision = current.Revision;
        if (current.IsLoaded)
        {
            lease.NoteKey(Picture.LeaseValue, current.Revision);
        }

        _unreachable.Update(!current.Connected || current.LastConfirmed is not { } confirmed || time.GetElapsedTime(confirmed) > Freshness);
        // While nothing is heard it may have been taken, and have gone again.
        _leaseGone.Update(current.IsLoaded && !_unreachable.Holds && Picture.LeaseValue is null);
        var other = Picture.Cards.GetValueOrDefault(policy.Other);
        var now = time.GetElapsedTime(_origin);
        _card = other is null ? null : CardAge.Note(_card, other, now, _looked, _confirmed);
        _clocks = _clocks.Note(other, _card);
        var row = ledger.RowUnder(Picture.Record?.Epoch ?? 0);
        // Of what has come since the last look nobody knows that it had not been there for as long: this host may have stood still.
        var (last, looked) = (current.LastConfirmed is { } at ? time.GetElapsedTime(_origin, at) : (TimeSpan?)null, _looked);
        _confirmed = last < looked ? last : looked;
        _looked = now;
        return new SiteView
        {
            Policy = policy,
            Reachable = !_unreachable.Holds,
            UnreachableFor = _unreachable.Elapsed,
            State = Picture.State,
            Problem = Picture.Problem ?? current.Problem,
            Record = Picture.Record,
            Move = Picture.Move,
            LeaseSite = Picture.LeaseSite,
            LeaseHeld = lease.Held,
            LeaseExpired = lease.Expired,
            LeaseGoneFor = _leaseGone.Elapsed,
            Cards = Picture.Cards,
            OtherSilentFor = now - _card?.Written,
            Remote = remote,
            Lag = SiteLag.Bound(policy, row is { } newest ? _clocks.Of(newest.Epoch) : null, row?.Clock, now, _leaseGone.Elapsed),
        };
    }
}
