using System.Collections.Immutable;
using Holdfast.Lab.Layout;

namespace Holdfast.Lab.Plans;

/// <summary>
/// What goes wrong, in order: kinds, targets and moments. A pure function of the seed and the file; how many of them a run comes to
/// depends on how long each takes.
/// </summary>
internal sealed class FaultPlan(int seed, Topology topology, ImmutableArray<FaultKind> only)
{
    private const int DoublePercent = 30;

    /// <summary>How often each kind is drawn, against the others.</summary>
    private static readonly (FaultKind Kind, int Weight)[] Weights =
    [
        (FaultKind.ProcessCrash, 4), (FaultKind.AgentCrash, 2), (FaultKind.AgentRestart, 2), (FaultKind.HostCrash, 5), (FaultKind.HostFreeze, 4),
        (FaultKind.ServerFreeze, 3), (FaultKind.AgentFreeze, 3), (FaultKind.HostCut, 4), (FaultKind.HostMute, 3), (FaultKind.HostDeaf, 3),
        (FaultKind.PairCut, 3), (FaultKind.PairCutOneWay, 3), (FaultKind.SlowHost, 1), (FaultKind.LossyHost, 2), (FaultKind.FullDisk, 2),
        (FaultKind.EtcdCrash, 1), (FaultKind.EtcdLeaderCrash, 2), (FaultKind.EtcdMajorityLoss, 2), (FaultKind.Switchover, 4), (FaultKind.LinkCut, 2),
        (FaultKind.LinkCutOneWay, 2), (FaultKind.SiteCut, 2), (FaultKind.SlowLink, 1), (FaultKind.LossyLink, 1), (FaultKind.SiteSwitchover, 2),
        (FaultKind.SiteFailback, 2), (FaultKind.SiteLoss, 3),
    ];

    /// <summary>What may come second: what strikes in the middle of the answer to the first.</summary>
    private static readonly FaultKind[] Seconds =
    [
        FaultKind.ProcessCrash, FaultKind.ProcessCrash, FaultKind.AgentCrash, FaultKind.AgentCrash, FaultKind.AgentRestart, FaultKind.HostCrash,
        FaultKind.HostCrash, FaultKind.HostFreeze, FaultKind.HostFreeze, FaultKind.ServerFreeze, FaultKind.AgentFreeze, FaultKind.HostCut, FaultKind.HostMute,
        FaultKind.HostDeaf, FaultKind.PairCut, FaultKind.PairCutOneWay, FaultKind.EtcdCrash, FaultKind.EtcdLeaderCrash, FaultKind.Switchover,
    ];

    private readonly ImmutableArray<FaultKind> _kinds =
    [
        .. Weights.Where(pair => topology.HasTwoSites || !FaultKinds.NeedsTwoSites(pair.Kind))
            .Where(pair => only.IsEmpty || only.Contains(pair.Kind)).SelectMany(pair => Enumerable.Repeat(pair.Kind, pair.Weight)),
    ];

    /// <summary>Whether there is anything to draw.</summary>
    public bool IsEmpty => _kinds.IsEmpty;

    /// <summary>The strike of a number, from 1.</summary>
    public Strike this[int number]
    {
        get
        {
            var draw = new Draw(((ulong)seed << 32) ^ (ulong)number);
            var calm = draw.Between(0.5, 2);
            var first = Fault(draw, draw.One(_kinds));
            // What an operator asks of a site is judged by whether it succeeds; nothing else goes wrong meanwhile.
            if (FaultKinds.MovesSite(first.Kind) || !draw.Chance(DoublePercent))
            {
                return new Strike(number, calm, first, null, TimeSpan.Zero);
            }

            return new Strike(number, calm, first, Fault(draw, draw.One(Seconds)), draw.Between(0, 1.5));
        }
    }

    private Fault Fault(Draw draw, FaultKind kind)
    {
        var victim = Victim(draw);
        return kind switch
        {
            FaultKind.ProcessCrash => new Fault(kind, victim, "", TimeSpan.Zero),
            FaultKind.AgentCrash => new Fault(kind, victim, "", draw.Between(0.1, 5)),
            FaultKind.AgentRestart => new Fault(kind, victim, "", draw.Between(0, 1)),
            FaultKind.HostFreeze or FaultKind.ServerFreeze or FaultKind.AgentFreeze => new Fault(kind, victim, "", draw.Between(0.3, 9)),
            FaultKind.PairCut or FaultKind.PairCutOneWay => Pair(draw, kind, victim),
            FaultKind.SlowHost or FaultKind.LossyHost => new Fault(kind, victim, "", draw.Between(3, 8)),
            FaultKind.FullDisk => new Fault(kind, victim, "", draw.Between(3, 8)),
            FaultKind.EtcdCrash => new Fault(kind, draw.One(topology.Etcd).Name, "", draw.Between(1, 8)),
            FaultKind.EtcdLeaderCrash or FaultKind.EtcdMajorityLoss => new Fault(kind, "", "", draw.Between(1, 8)),
            FaultKind.Switchover => new Fault(kind, "", "", TimeSpan.Zero),
            FaultKind.LinkCutOneWay => new Fault(kind, draw.One([Plans.Fault.Outwards, Plans.Fault.Inwards]), "", draw.Between(1, 12)),
            FaultKind.LinkCut or FaultKind.SiteCut => new Fault(kind, "", "", draw.Between(1, 12)),
            FaultKind.SlowLink or FaultKind.LossyLink => new Fault(kind, "", "", draw.Between(3, 8)),
            FaultKind.SiteSwitchover or FaultKind.SiteFailback => new Fault(kind, "", "", TimeSpan.Zero),
            FaultKind.SiteLoss => new Fault(kind, "", "", draw.Between(1, 6)),
            _ => new Fault(kind, victim, "", draw.Between(1, 9)),
        };
    }

    private Fault Pair(Draw draw, FaultKind kind, string victim)
    {
        var others = topology.Members.Select(member => member.Name).Where(name => name != victim).ToList();
        return new Fault(kind, victim, others.Count > 0 ? draw.One(others) : "", draw.Between(1, 9));
    }

    /// <summary>Mostly the primary: that is where it hurts.</summary>
    private string Victim(Draw draw)
    {
        var dice = draw.Below(100);
        var name = draw.One(topology.Members).Name;
        return dice < 55 ? Plans.Fault.Primary : dice < 62 && topology.HasTwoSites ? Plans.Fault.Leader : name;
    }
}
