using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>
/// The oath over two sites: (1) at most one member anywhere acknowledges; where an operator has stated that a site was stopped, that is his word;
/// (2) what is acknowledged is on every later primary, but for a failover of the site: then what is lost is bounded by what was said when the
/// store was taken, and is salvaged; (3) epochs and site epochs only rise, and no epoch is given twice; (5) when faults stop, both
/// sites are healthy again. What belongs to one group is as with one site.
/// </summary>
internal sealed class SitesOath(World run) : OathKeeper(run)
{
    private readonly List<(LogEntry Entry, SimServer By, long Epoch, long At)> _acknowledged = [];
    private readonly List<Taken> _takings = [];
    private readonly HashSet<LogEntry> _lost = [];
    private readonly Dictionary<long, string> _siteByEpoch = [];
    private readonly Dictionary<string, TimeSpan?> _lagByMove = new(StringComparer.Ordinal);
    private readonly HashSet<long> _promotedEras = [];

    /// <param name="Stated">An operator has said how the old site was stopped.</param>
    /// <param name="Lag">What was said to be missing at most.</param>
    private sealed record Taken(long Era, MoveKind Kind, bool Stated, TimeSpan? Lag);

    public int Takings => _takings.Count;
    public int Failovers => _takings.Count(taking => taking.Kind == MoveKind.Failover);
    public int LostCommits => _lost.Count;

    /// <summary>An agent is about to take the store for its site, believing this.</summary>
    public void Taking(SiteAction.Take take, DutyView view) => _lagByMove[take.Move.Id] = view.Sites.Lag;

    public void SiteRecordWritten(GlobalState before, GlobalState after)
    {
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
            if (move.Kind == MoveKind.Failover && !move.AcceptDataLoss && !(lag <= World.Link!.Policy.Rpo))
            {
                Break(2, $"{move.To} is taken with a lag of {lag}, more than the RPO of {World.Link!.Policy.Rpo}");
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
        if (_promotedEras.Add(era))
        {
            NoteLosses(server, era);
            var other = World.Link!.Policy.Isolation == IsolationPolicy.Continue ? null : World.Servers.Values.FirstOrDefault(each => each.Site != server.Site && each.RunsAsPrimary && each.GateOpen &&
                World.Network.FrozenUntil(each.Name) <= World.Now && Eras.Of(each.PrimaryEpoch) < era);
            if (other is not null && !IsStated(Eras.Of(other.PrimaryEpoch), era))
            {
                Break(1, $"{server.Name} becomes primary of epoch {server.PrimaryEpoch} while {other.Name} at {other.Site.Name} writes still");
            }
        }

        base.Promoted(server);
    }

    public override string? WhyNotHealthy()
    {
        var global = World.Link!.Global.State;
        if (global.Record is not { State: SiteState.Steady } record)
        {
            return global.Record is null ? "there is no site record"
                : $"a {global.Move?.Kind} to {global.Move?.To} is on its way, at {global.Move?.Current}";
        }

        var active = World.Sites.Single(site => site.Name == record.ActiveSite);
        var passive = World.Sites.Single(site => site != active);
        return WhyNotHealthy(active)
            ?? (active.Store.State.Record!.StopsFor != 0 ? $"the record of {active.Name} stops for a move" : null)
            ?? (World.Link.Policy.Isolation == IsolationPolicy.Fence && global.Lease?.Site != active.Name ? $"{active.Name} has no site lease" : null)
            ?? WhyNotFollowing(passive, active)
            ?? WhyNotServing();
    }

    public override void CheckAtEnd() =>
        CheckAtEnd(World.Sites.Single(site => site.Name == World.Link!.Global.State.Record!.ActiveSite));

    protected override bool MayBeLost(LogEntry entry) => _lost.Contains(entry);

    protected override bool MayAcknowledgeLate(SimServer by, long laterEpoch) => IsStated(Eras.Of(by.PrimaryEpoch), Eras.Of(laterEpoch));

    protected override bool IsElsewhere(LogEntry entry) =>
        World.Sites.FirstOrDefault(site => site.Name == World.Link!.Global.State.Record?.ActiveSite)?.Store.State.Record is { } record &&
        World.Servers[record.Primary].Has(entry);

    private bool IsStated(long era, long later) => _takings.Any(taking => taking.Stated && taking.Era > era && taking.Era <= later);

    /// <summary>The first primary of a new site epoch: what it lacks of the earlier ones is lost, which only a failover allows, within its bound.</summary>
    private void NoteLosses(SimServer server, long era)
    {
        var missing = _acknowledged.Where(commit => Eras.Of(commit.Epoch) < era && !server.Has(commit.Entry) && !_lost.Contains(commit.Entry)).ToArray();
        // What the primaries of earlier site epochs lacked has been noted; the rest was lost since the last of them.
        var since = _promotedEras.Where(each => each < era).DefaultIfEmpty().Max();
        foreach (var group in missing.GroupBy(commit => Eras.Of(commit.Epoch)))
        {
            if (_takings.FirstOrDefault(taking => taking.Era > Math.Max(group.Key, since) && taking.Era <= era && taking.Kind == MoveKind.Failover) is not { } taking)
            {
                continue; // Said by the oath of one site, as any loss.
            }

            _lost.UnionWith(group.Select(commit => commit.Entry));
            var window = TimeSpan.FromMilliseconds(group.Max(commit => commit.At) - group.Min(commit => commit.At));
            World.Note("-", $"{group.Count()} commits are lost, of {window.TotalMilliseconds} ms; {taking.Lag?.TotalMilliseconds} ms were said");
            if (taking.Lag is { } lag && window > lag && !(taking.Stated && World.Link!.LyingOperator))
            {
                Break(2, $"{window.TotalMilliseconds} ms of work are lost at {server.Name}; at most {lag.TotalMilliseconds} ms were said");
            }
        }
    }

    private string? WhyNotFollowing(SimSite passive, SimSite active)
    {
        var wanted = active.Store.State.Record!;
        if (passive.Store.State.Record is not { Mode: ProtectionMode.Passive, Paused: false } record || record.Epoch != wanted.Epoch)
        {
            return $"the record of {passive.Name} is {passive.Store.State.Record}, {active.Name} is at epoch {wanted.Epoch}";
        }

        foreach (var server in passive.Servers)
        {
            var upstream = World.Servers[server.Name == record.Primary ? wanted.Primary : record.Primary];
            if (server.StreamsFrom != upstream)
            {
                return $"{server.Name} does not stream from {upstream.Name}; its agent's memory is {World.Agents[server.Name].Memory}";
            }
        }

        return null;
    }
}
