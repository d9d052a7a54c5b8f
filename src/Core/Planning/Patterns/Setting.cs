using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>A store with the sites that it would use, and what follows from them; shared by all candidates of the store.</summary>
public sealed class Setting
{
    public Setting(PlanFacts facts, StoreFacts store)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(store);
        (Facts, Store, Traits) = (facts, store, ClassTraits.Of(store.Class));
        // Where another store has its data is no place of this one.
        var own = facts.DataSites.Where(site => store.Running.IsEmpty || store.Running.ContainsKey(site.Name)).ToList();
        Active = own.FirstOrDefault(site => site.Name == store.ActiveSite) ?? own.FirstOrDefault() ?? facts.DataSites.First();
        var reachable = own.Where(site => site != Active)
            .Select(site => (Site: site, Link: facts.Link(Active.Name, site.Name)))
            .Where(pair => pair.Link is not null)
            .OrderBy(pair => pair.Link!.RoundTrip.Value)
            .ToList();
        // The farthest keeps the data when a region is lost; what lies between may receive the log.
        (Other, Link) = reachable.Count > 0 ? (reachable[^1].Site, reachable[^1].Link) : (null, null);
        (Near, NearLink) = reachable.Count > 1 ? (reachable[0].Site, reachable[0].Link) : (null, null);
    }

    public PlanFacts Facts { get; }
    public StoreFacts Store { get; }
    public ClassTraits Traits { get; }
    public PlanSite Active { get; }
    /// <summary>Null: there is no other site, or no link to it.</summary>
    public PlanSite? Other { get; }
    public LinkFacts? Link { get; }
    /// <summary>A third place with data, nearer than the other site. Null: there is none.</summary>
    public PlanSite? Near { get; }
    public LinkFacts? NearLink { get; }

    /// <summary>The store's own backups, or those of the plan.</summary>
    public BackupFacts Backup => Store.Backup ?? Facts.Backup;

    /// <summary>
    /// So much may be lost with a host that commits wait for no other member, and a lease has to do (R6). Less than two leases cannot be kept that way:
    /// then commits wait, as if nothing might be lost.
    /// </summary>
    public bool UsesLease => Traits.LossIsChosen && Store.Objectives.TryGetValue(FailureKind.Host, out var asked) && asked.Rpo > TimeSpan.Zero
        && asked.Rpo >= Store.Lease.Value * 2;

    /// <summary>All that make sense for this store.</summary>
    public IEnumerable<Candidate> Candidates => Candidate.For(Traits, UsesLease);

    /// <summary>A commit waits until another member has it, where there is one.</summary>
    public bool IsSynchronous(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return Traits.IsSynchronous && !candidate.Leased;
    }

    /// <summary>Some other member, here or elsewhere, has every commit that was acknowledged.</summary>
    public bool HasWholeCopy(Candidate candidate) => IsSynchronous(candidate) && (candidate.LocalMembers > 1 || candidate.WaitsElsewhere);

    /// <summary>What a backup takes: it is read as fast as it is restored, and where the repository is over the line, it must cross that.</summary>
    public TimeSpan BackupRun(bool crosses)
    {
        var read = Store.Size.Value / Store.Restore.Value;
        return !crosses || Link is null ? read
            : Capacity.BytesPerSecond > 0 ? Duration.Longest(read, Store.Size.Value * Backup.Share.Value.Value / Capacity)
            : TimeSpan.MaxValue;
    }

    /// <summary>What goes to a repository elsewhere, on average: backups, and the log where there is one.</summary>
    public ByteRate ToRepository => new(
        (Traits.HasLog ? Store.Log.Value.BytesPerSecond : 0)
        + (Store.Size.Value.Bytes * Backup.Share.Value.Value / Math.Max(1, Backup.Interval.Value.TotalSeconds)));

    /// <summary>The other site; where there is none, one in another region, for what would be.</summary>
    public PlanSite OtherOrAssumed => Other ?? new PlanSite("another site", "(of another site)", Witness: false);

    /// <summary>The link to the other site; where there is none, one of which nothing is known, for what would be.</summary>
    public LinkFacts LinkOrAssumed => Link ?? PlanDefaults.Link(Active.Name, OtherOrAssumed.Name);

    /// <summary>The third place with data; where there is none, one in the active site's region, for what would be.</summary>
    public PlanSite NearOrAssumed => Near ?? new PlanSite("a third place", Active.Region, Witness: false);

    /// <summary>The link to it; it is nearer than the other site.</summary>
    public LinkFacts NearLinkOrAssumed => NearLink ?? PlanDefaults.NearLink(Active.Name, NearOrAssumed.Name, LinkOrAssumed.RoundTrip.Value);

    /// <summary>The places for coordination that there would be with a candidate, without the witness that it may need.</summary>
    public IEnumerable<PlanSite> Places(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return
        [
            .. Facts.Sites,
            .. candidate.UsesOtherSite && Other is null ? (PlanSite[])[OtherOrAssumed] : [],
            .. candidate.UsesNear && Near is null ? (PlanSite[])[NearOrAssumed] : [],
        ];
    }

    /// <summary>The lines that are leased for a candidate. A third place and the other site must reach each other when the active one is lost.</summary>
    public IEnumerable<LinkFacts> LinesOf(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var (near, other) = (NearOrAssumed.Name, OtherOrAssumed.Name);
        return candidate.UsesNear ? [LinkOrAssumed, NearLinkOrAssumed, Facts.Link(near, other) ?? PlanDefaults.Link(near, other)]
            : candidate.Streams || candidate.Pattern == DataPattern.LogShipping ? [LinkOrAssumed]
            : [];
    }

    /// <summary>What the link carries of this store's log, beside the average of all others.</summary>
    public ByteRate Capacity => CapacityOf(LinkOrAssumed);

    /// <summary>
    /// ρ: the share that is taken of whatever is scarcest, on average: of the line by all stores together, or of what window and loss allow one connection
    /// by this store alone.
    /// </summary>
    public double Utilisation => Math.Max(
        Backlog.Utilisation(AllLog, OfLine(LinkOrAssumed)), Backlog.Utilisation(Store.Log.Value, OfConnection(LinkOrAssumed)));

    /// <summary>What all stores write together.</summary>
    public ByteRate AllLog => new(Facts.Stores.Sum(store => store.Log.Value.BytesPerSecond));

    public ByteRate CapacityOf(LinkFacts link) =>
        ByteRate.Least(OfLine(link).Less(AllLog.Less(Store.Log.Value)), OfConnection(link));

    /// <summary>Shared by all stores.</summary>
    public static ByteRate OfLine(LinkFacts link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Line.Value * LinkCapacity.LogShare;
    }

    /// <summary>Each store has a connection of its own, and so a window.</summary>
    public static ByteRate OfConnection(LinkFacts link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return LinkCapacity.OfConnection(link.RoundTrip.Value, link.Window.Value, link.Loss.Value);
    }

    /// <summary>The way to the other place whose acknowledgement a commit waits for. Null: it waits for none.</summary>
    public LinkFacts? WaitsFor(DataPattern pattern) => pattern switch
    {
        // A majority of three places is the own one and the nearer of the two others.
        DataPattern.StretchedQuorum => Traits.NeedsMajority ? NearLinkOrAssumed : LinkOrAssumed,
        DataPattern.NearReceiver => NearLinkOrAssumed,
        _ => null,
    };

    /// <summary>What a commit takes.</summary>
    public TimeSpan Commit(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        if (!HasWholeCopy(candidate))
        {
            return Of(CommitMode.Local, [], 0);
        }

        return WaitsFor(candidate.Pattern) is { } elsewhere
            ? Of(CommitMode.On, [Path(elsewhere.RoundTrip.Value)], 1)
            : Of(CommitMode.On, [.. Enumerable.Repeat(Path(Store.SiteRoundTrip.Value), candidate.LocalMembers - 1)], 1);
    }

    private StandbyPath Path(TimeSpan roundTrip) => new(roundTrip, Store.Flush.Value, Store.Handover.Value);

    private TimeSpan Of(CommitMode mode, StandbyPath[] standbys, int quorum) =>
        CommitLatency.Of(mode, Store.Flush.Value, Store.Work.Value, standbys, quorum);
}
