using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Sites;

namespace Holdfast.Simulation.Oath;

/// <summary>
/// The oath over two sites: (1) at most one member anywhere acknowledges; where an operator has stated that a site was stopped, that is his word;
/// (2) what is acknowledged is on every later primary, but for a failover of the site: then what is lost is bounded by what was said when the
/// store was taken, and is salvaged; (3) epochs and site epochs only rise, and no epoch is given twice; (5) when faults stop, both sites are
/// healthy again; where one is not back, the other is, if need be by a decision that the status asks an operator for. What belongs to one
/// group is as with one site.
/// </summary>
internal sealed class SitesOath(World run) : OathKeeper(run)
{
    /// <summary>Milliseconds; commits that are further apart had nobody to acknowledge them, or nobody who wrote.</summary>
    private const long LongestWait = 1000;

    private readonly List<(LogEntry Entry, SimServer By, long Epoch, long At)> _acknowledged = [];
    private readonly List<Taken> _takings = [];
    private readonly HashSet<LogEntry> _lost = [];
    private readonly Dictionary<long, string> _siteByEpoch = [];
    private readonly Dictionary<string, TimeSpan?> _lagByMove = new(StringComparer.Ordinal);
    private readonly HashSet<long> _promotedEras = [];
    private readonly HashSet<long> _promoted = [];
    private bool _lied;

    /// <param name="Stated">An operator has said how the old site was stopped.</param>
    /// <param name="Lag">What was said to be missing at most.</param>
    private sealed record Taken(long Era, MoveKind Kind, bool Stated, TimeSpan? Lag);

    public int Takings => _takings.Count;
    public int SiteFailovers => _takings.Count(taking => taking.Kind == MoveKind.Failover);
    public int LostCommits => _lost.Count;

    /// <summary>A duty is about to be carried out by somebody who believes this.</summary>
    public void Decided(DutyView view, SiteDecision decision)
    {
        RulesFired.Add(decision.Rule);
        if (decision.Action is SiteAction.Take take)
        {
            _lagByMove[take.Move.Id] = view.Sites.Lag;
        }
    }

    public void SiteRecordWritten(SitePicture before, SitePicture after)
    {
        _lied |= after.Move?.Fenced == "not at all";
        if (before.Record is not { } old || after.Record is not { } record)
        {
            return;
        }

        if (record.Epoch < old.Epoch || (record.Epoch == old.Epoch && record.ActiveSite != old.ActiveSite))
        {
            Break(3, $"the site record went from epoch {old.Epoch} at {old.ActiveSite} to epoch {record.Epoch} at {record.ActiveSite}");
        }

        if (record.ActiveSite != old.ActiveSite && after.Move is { } move)
        {
            var lag = _lagByMove.GetValueOrDefault(move.Id);
            _takings.Add(new Taken(record.Epoch, move.Kind, move.Fenced is not null, lag));
            if (move.Kind == MoveKind.Failover && !move.AcceptDataLoss && !(lag <= World.Store.SiteLoss.Rpo))
            {
                Break(2, $"{move.To} is taken with a lag of {lag}, more than the RPO of {World.Store.SiteLoss.Rpo}");
            }
        }
    }

    public override void RecordWritten(SimSite site, GroupRecord? before, GroupRecord? after)
    {
        base.RecordWritten(site, before, after);
        if (before is not null && after is not null && (before.StopsFor != after.StopsFor || before.Primary != after.Primary))
        {
            Fault(); // Another's picture may be older: then it decides once more what was right before.
        }

        if (after is { Mode: not ProtectionMode.Passive } && !_siteByEpoch.TryAdd(after.Epoch, site.Name) && _siteByEpoch[after.Epoch] != site.Name)
        {
            Break(3, $"epoch {after.Epoch} is given at {site.Name}, and was given at {_siteByEpoch[after.Epoch]}");
        }
    }

    public override void Acknowledged(SimServer by, LogEntry entry)
    {
        _acknowledged.Add((entry, by, by.PrimaryEpoch, World.Now));
        var era = Eras.Of(by.PrimaryEpoch);
        if (_promotedEras.Any(later => later > era && IsStated(era, later)))
        {
            _lost.Add(entry);
        }

        base.Acknowledged(by, entry);
    }

    public override void Promoted(SimServer server)
    {
        var era = Eras.Of(server.PrimaryEpoch);
        _promoted.Add(server.PrimaryEpoch);
        if (_promotedEras.Add(era))
        {
            NoteLosses(server, era);
            var other = World.Store.Isolation == IsolationPolicy.Continue ? null : World.Servers.Values.FirstOrDefault(each =>
                each.Site != server.Site && each.RunsAsPrimary && each.GateOpen && !World.IsFrozen(each.Name) && Eras.Of(each.PrimaryEpoch) < era &&
                !IsDeposed(each.PrimaryEpoch));
            if (other is not null && !IsStated(Eras.Of(other.PrimaryEpoch), era))
            {
                Break(1, $"{server.Name} becomes primary of epoch {server.PrimaryEpoch} while {other.Name} at {other.Site.Name} writes still");
            }
        }

        base.Promoted(server);
    }

    public override string? WhyNotHealthy()
    {
        var global = World.Global!.Truth;
        if (global.Record is not { State: SiteState.Steady })
        {
            return global.Record is null ? "there is no site record"
                : $"a {global.Move?.Kind} to {global.Move?.To} is on its way, at {global.Move?.Current}";
        }

        var active = World.Active;
        var passive = World.Sites.Single(site => site != active);
        return (active.IsLost ? $"{active.Name} is active, and is lost" : null)
            ?? WhyNotHealthy(active)
            ?? (active.Truth.Record!.StopsFor != 0 ? $"the record of {active.Name} stops for a move" : null)
            ?? (World.Store.Isolation == IsolationPolicy.Fence && global.LeaseSite != active.Name ? $"{active.Name} has no site lease" : null)
            ?? (passive.IsLost ? null : WhyNotFollowing(passive, active))
            ?? WhyNotServing();
    }

    /// <summary>What is lost has been salvaged, unless it is at a site that is not back.</summary>
    public override void CheckAtEnd() => CheckAtEnd(World.Active);

    protected override bool MayBeGone(LogEntry entry) => MayBeLost(entry) && World.Sites.Any(site => site.IsLost);

    protected override bool MayBeLost(LogEntry entry) => _lost.Contains(entry);

    protected override bool MayAcknowledgeLate(SimServer by, long laterEpoch) => IsStated(Eras.Of(by.PrimaryEpoch), Eras.Of(laterEpoch));

    protected override bool IsElsewhere(LogEntry entry) =>
        World.Active.Truth.Record is { } record && World.Active.Servers.FirstOrDefault(server => server.Name == record.Primary)?.Has(entry) == true;

    /// <summary>Its own site has had another primary since: who thaws then has nobody to acknowledge by, and is fenced at its next look.</summary>
    private bool IsDeposed(long epoch) => _promoted.Any(later => later > epoch && Eras.Of(later) == Eras.Of(epoch));

    private bool IsStated(long era, long later) => _takings.Any(taking => taking.Stated && taking.Era > era && taking.Era <= later);

    /// <summary>The first primary of a new site epoch: what it lacks of the earlier ones is lost, which only a failover allows, within its bound.</summary>
    private void NoteLosses(SimServer server, long era)
    {
        var missing = _acknowledged.Where(commit => Eras.Of(commit.Epoch) < era && !server.Has(commit.Entry) && !_lost.Contains(commit.Entry)).ToArray();
        // What the primaries of earlier site epochs lacked has been noted; the rest was lost since the last of them.
        var since = _promotedEras.Where(each => each < era).DefaultIfEmpty().Max();
        foreach (var group in missing.GroupBy(commit => Eras.Of(commit.Epoch)))
        {
            if (_takings.FirstOrDefault(taking =>
                taking.Era > Math.Max(group.Key, since) && taking.Era <= era && taking.Kind == MoveKind.Failover) is not { } taking)
            {
                continue; // Said by the oath of one site, as any loss.
            }

            _lost.UnionWith(group.Select(commit => commit.Entry));
            var work = Work([.. group.Select(commit => commit.At).Order()]);
            World.Note("-", $"{group.Count()} commits are lost, of {work.TotalMilliseconds} ms; {taking.Lag?.TotalMilliseconds} ms were said");
            if (taking.Lag is { } lag && work > lag && !(taking.Stated && _lied))
            {
                Break(2, $"{work.TotalMilliseconds} ms of work are lost at {server.Name}; at most {lag.TotalMilliseconds} ms were said");
            }
        }
    }

    /// <summary>
    /// The time from the first commit to the last, less that in which there was none to lose: a site whose primary is down does no work, and
    /// what may be missing of a site is told in its work (<see cref="SiteLag.Bound"/>).
    /// </summary>
    private static TimeSpan Work(long[] times) =>
        TimeSpan.FromMilliseconds(times.Zip(times.Skip(1), (one, next) => Math.Min(next - one, LongestWait)).Sum());

    private string? WhyNotFollowing(SimSite passive, SimSite active)
    {
        var wanted = active.Truth.Record!;
        if (passive.Truth.Record is not { Mode: ProtectionMode.Passive, Paused: false } record || record.Epoch != wanted.Epoch)
        {
            return $"the record of {passive.Name} is {passive.Truth.Record}, {active.Name} is at epoch {wanted.Epoch}";
        }

        foreach (var server in passive.Servers)
        {
            var upstream = World.Servers[server.Name == record.Primary ? wanted.Primary : record.Primary];
            if (server.StreamsFrom != upstream)
            {
                return $"{server.Name} does not stream from {upstream.Name}; its agent's memory is {World.Hosts[server.Name].Disk.Memory}";
            }
        }

        return null;
    }
}
