using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Sites;

namespace Holdfast.Simulation.Oath;

/// <summary>
/// Sees everything, unlike the members, and says what is violated of the oath: (1) at most one member acknowledges, per epoch and across epochs;
/// (2) every acknowledged commit is on every later primary, or salvaged where loss is allowed; (3) epochs only rise, and a promise is never
/// broken; (4) nothing is promoted or followed that belongs to another history; (5) when faults stop, the group is healthy again in
/// bounded time; (6) what was done is not decided again; (7) in pause nothing is promoted, demoted or restarted.
/// </summary>
internal class OathKeeper(World run)
{
    protected World World { get; } = run;
    private readonly List<(LogEntry Entry, string By, long Epoch)> _acknowledged = [];
    private readonly Dictionary<long, string> _acknowledgers = [];
    private readonly List<(string Name, long Epoch, LogEntry[] Log)> _promoted = [];
    private readonly Dictionary<LogEntry, long> _acknowledgedAt = [];
    private readonly Dictionary<string, (string What, int Faults, int Times)> _called = [];
    /// <summary>
    /// Where only time protects, a host that goes on after a freeze acknowledges until its guard has run, too. Only a watchdog device prevents that.
    /// </summary>
    private const int ThawMs = 5;
    /// <summary>Between two heartbeats, by which a standby measures how far behind it is, and for their way.</summary>
    private const int LagSlackMs = 300;
    private readonly HashSet<LogEntry> _writtenOff = [];
    private int _acknowledgedWhenCalm = -1;

    public string? Violation { get; private set; }
    /// <summary>How often something went wrong that may make what was done be done again.</summary>
    public int Faults { get; private set; }
    public int Acknowledgements => _acknowledged.Count;
    public int Promotions => _promoted.Count;
    public int InDoubtAtStop { get; private set; }
    public int Salvages { get; private set; }
    public HashSet<string> RulesFired { get; } = new(StringComparer.Ordinal);

    public void Break(int article, string what)
    {
        World.Note("!", $"oath {article}: {what}");
        Violation ??= $"oath {article}, at {World.Now} ms: {what}";
    }

    public void Fault() => Faults++;

    /// <summary>Oaths 1 and 2.</summary>
    public virtual void Acknowledged(SimServer by, LogEntry entry)
    {
        if (!_acknowledgers.TryAdd(by.PrimaryEpoch, by.Name) && _acknowledgers[by.PrimaryEpoch] != by.Name)
        {
            Break(1, $"{by.Name} and {_acknowledgers[by.PrimaryEpoch]} acknowledge in epoch {by.PrimaryEpoch}");
        }

        _acknowledged.Add((entry, by.Name, by.PrimaryEpoch));
        _acknowledgedAt.TryAdd(entry, World.Now);
        if (!by.Site.Group.ZeroLoss && _promoted.FirstOrDefault(later => later.Epoch > by.PrimaryEpoch) is { Name: { } successor } after &&
            !(World.Schedule.ThawedAtMs(by.Name) is { } thawed && World.Now - thawed <= ThawMs))
        {
            Break(1, $"{by.Name}, primary of epoch {by.PrimaryEpoch}, acknowledges beside {successor}, primary of epoch {after.Epoch}");
        }

        if (by.Site.Group.ZeroLoss && _promoted.FirstOrDefault(later => later.Epoch > by.PrimaryEpoch &&
            !(entry.Index < later.Log.Length && later.Log[entry.Index] == entry) && !MayAcknowledgeLate(by, later.Epoch)) is { Name: { } name } newer)
        {
            Break(1, $"{by.Name}, deposed primary of epoch {by.PrimaryEpoch}, acknowledges {entry}, " +
                $"which {name}, primary of epoch {newer.Epoch}, does not have");
        }
    }

    /// <summary>Oaths 2 and 4.</summary>
    public virtual void Promoted(SimServer server)
    {
        _promoted.Add((server.Name, server.PrimaryEpoch, [.. server.Log]));
        if (server.Site.Truth.Record is { SystemId: { } wanted } && server.SystemId != wanted)
        {
            Break(4, $"{server.Name} is promoted with system identifier {server.SystemId}, the record's is {wanted}");
        }

        if (server.Site.Group.ZeroLoss && _acknowledged.FirstOrDefault(commit => commit.Epoch <= server.PrimaryEpoch && !server.Has(commit.Entry) &&
            !MayBeLost(commit.Entry)) is { Entry: { } lost } commit)
        {
            Break(2, $"{server.Name} becomes primary of epoch {server.PrimaryEpoch} without {lost}, which {commit.By} acknowledged in epoch {commit.Epoch}");
        }
    }

    /// <summary>A commit that a later primary lacks although it was acknowledged: of one site never.</summary>
    protected virtual bool MayBeLost(LogEntry entry) => false;

    /// <summary>It may be lost, and where it was is not back: of one site never.</summary>
    protected virtual bool MayBeGone(LogEntry entry) => false;

    /// <summary>Of one site never.</summary>
    protected virtual bool MayAcknowledgeLate(SimServer by, long laterEpoch) => false;

    /// <summary>Oath 3, and R1 against the servers' rules.</summary>
    public virtual void RecordWritten(SimSite site, GroupRecord? before, GroupRecord? after)
    {
        if (before is not null && after is not null && (after.Epoch < before.Epoch ||
            (after.Epoch == before.Epoch && after.Primary != before.Primary && after.Mode != ProtectionMode.Passive)))
        {
            Break(3, $"the record went from epoch {before.Epoch}, primary {before.Primary}, to epoch {after.Epoch}, primary {after.Primary}");
        }

        if (before is not null && after is not null && after.Epoch > before.Epoch && after.Primary != before.Primary)
        {
            Elected(site, before, World.Servers[after.Primary]);
        }

        if (after is not null && World.Servers.TryGetValue(after.Primary, out var server))
        {
            RuleChanged(server);
        }
    }

    /// <summary>
    /// Oath 2, where only time protects (R6): what the new primary lacks was acknowledged during no longer than the store may lose, reckoned from what the
    /// old one acknowledged last; or an operator has accepted more.
    /// </summary>
    private void Elected(SimSite site, GroupRecord before, SimServer elected)
    {
        if (site.Group.ZeroLoss || World.Store.HasTwoSites)
        {
            return;
        }

        var lacking = _acknowledged
            .Where(commit => commit.Epoch <= before.Epoch && !elected.Has(commit.Entry) && !_writtenOff.Contains(commit.Entry)).ToList();
        _writtenOff.UnionWith(lacking.Select(commit => commit.Entry));
        if (site.RequestBefore is { AcceptDataLoss: true })
        {
            return;
        }

        foreach (var epoch in lacking.GroupBy(commit => commit.Epoch))
        {
            var (first, last) = (epoch.Min(commit => _acknowledgedAt[commit.Entry]), epoch.Max(commit => _acknowledgedAt[commit.Entry]));
            if (last - first > site.Group.Rpo.TotalMilliseconds + LagSlackMs)
            {
                Break(2, $"{elected.Name} is elected without {epoch.Count()} commits that {epoch.First().By} acknowledged " +
                    $"in the course of {last - first} ms; {site.Group.Rpo.TotalMilliseconds:0} ms are allowed");
            }
        }
    }

    public void RuleChanged(SimServer server)
    {
        if (server.Site.Truth.Record is not { } record || record.Primary != server.Name || !server.RunsAsPrimary || server.PrimaryEpoch != record.Epoch)
        {
            return;
        }

        foreach (var rule in server.InForce.Where(rule => !QuorumPlanner.Overlaps(rule, record.Sync)))
        {
            Break(1, $"a part of {server.Name}'s server acknowledges by {rule}, while the record lets {record.Sync} elect");
        }
    }

    public void Remembered(string member, MemberMemory before, MemberMemory after)
    {
        if (after.Epoch < before.Epoch)
        {
            Break(3, $"{member}'s epoch falls from {before.Epoch} to {after.Epoch}");
        }
    }

    /// <summary>Oath 3: a promise is never broken.</summary>
    public void Received(SimServer standby, SimServer from)
    {
        var known = standby.Site.Truth;
        if (known.Promises.TryGetValue(standby.Name, out var promise) && promise.Epoch > from.PrimaryEpoch && promise.Epoch > (known.Record?.Epoch ?? 0))
        {
            Break(3, $"{standby.Name} receives from {from.Name}, primary of epoch {from.PrimaryEpoch}, while its promise for epoch {promise.Epoch} stands");
        }
    }

    /// <summary>Oath 7.</summary>
    public void Decided(string member, MemberView view, Decision decision)
    {
        RulesFired.Add(decision.Rule);
        if (decision.Action is MemberAction.Salvage)
        {
            Salvages++;
        }

        if (view.Record is { Paused: true } && decision.Rule is not ("R4.fence" or "SITE.fence" or "SITE.expired") &&
            decision.Action is MemberAction.Promote or MemberAction.Elect or MemberAction.Start or MemberAction.Stop or
                MemberAction.Initialise or MemberAction.CloneFrom or MemberAction.Rewind)
        {
            Break(7, $"{member} decides {decision.Rule} while the group is paused");
        }
    }

    /// <summary>R8: nothing that the new history lacks is overwritten before it has been copied away.</summary>
    public void Overwrites(SimServer server, SimServer by)
    {
        if (server.Log.FirstOrDefault(entry => entry.IsCommit && !by.Has(entry) && !server.Salvaged.Contains(entry) && !IsElsewhere(entry)) is { } gone)
        {
            Break(2, $"{server.Name} throws {gone} away for a copy of {by.Name} before it was salvaged");
        }
    }

    /// <summary>It is on a server that the one that is copied follows, and will come from there: of one site that is the same server.</summary>
    protected virtual bool IsElsewhere(LogEntry entry) => false;

    /// <summary>Oath 6, at the server's edge.</summary>
    /// <param name="isDone">It was so already.</param>
    public void Called(string member, string what, bool isDone)
    {
        var before = _called.GetValueOrDefault(member);
        var again = isDone && before.What == what && before.Faults == Faults ? before.Times + 1 : 0;
        _called[member] = (what, Faults, again);
        if (again >= 3 || (isDone && what == "initialise"))
        {
            Break(6, $"{member} decides to {what} again and again, although it was done");
        }
    }

    public void InDoubt(SimServer server, int commits)
    {
        InDoubtAtStop += commits;
        if (commits > 0)
        {
            World.Note(server.Name, $"{commits} commit(s) are in doubt");
        }
    }

    public virtual string? WhyNotHealthy() => WhyNotHealthy(World.Sites[0]) ?? WhyNotServing();

    protected string? WhyNotHealthy(SimSite site)
    {
        if (site.Truth.Record is not { IsBeingBorn: false, PendingFork: null, Paused: false } record)
        {
            return $"the record of {site.Name} is {site.Truth.Record}";
        }

        var primary = World.Servers[record.Primary];
        if (!primary.RunsAsPrimary || !primary.GateOpen || primary.PrimaryEpoch != record.Epoch)
        {
            return $"{record.Primary} is {primary.Process} as {primary.Role}, gate {(primary.GateOpen ? "open" : "closed")}";
        }

        var others = site.Servers.Where(server => server != primary).ToArray();
        if (others.FirstOrDefault(server => server.StreamsFrom != primary) is { } absent)
        {
            return $"{absent.Name} does not stream; its agent's memory is {World.Hosts[absent.Name].Disk.Memory}";
        }

        if (site.Group.ZeroLoss && (record.Sync.Candidates.Count != others.Length || record.Sync.Acks != Math.Min(site.Group.Acks, others.Length) ||
            primary.Configured != record.Sync))
        {
            return $"the record's rule is {record.Sync}, the server's {primary.Configured}";
        }

        return site.Truth.Request is not null ? "a request is open" : null;
    }

    public virtual void CheckAtEnd() => CheckAtEnd(World.Sites[0]);

    protected void CheckAtEnd(SimSite active)
    {
        var primary = World.Servers[active.Truth.Record!.Primary];
        foreach (var (entry, by, epoch) in _acknowledged.Where(commit => !primary.Has(commit.Entry) && !MayBeGone(commit.Entry)))
        {
            if ((active.Group.ZeroLoss && !MayBeLost(entry)) || !World.Servers.Values.Any(server => server.Salvaged.Contains(entry)))
            {
                Break(2, $"{entry}, acknowledged by {by} in epoch {epoch}, is not on {primary.Name}, or nobody salvaged it");
                return;
            }
        }
    }

    protected string? WhyNotServing()
    {
        if (_acknowledgedWhenCalm < 0)
        {
            _acknowledgedWhenCalm = _acknowledged.Count;
        }

        return _acknowledged.Count > _acknowledgedWhenCalm + 3 ? null : "commits are not acknowledged";
    }
}
