namespace Holdfast.Lab.Plans;

/// <summary>What can go wrong. The name on the command line is that of the kind, with dashes.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL to the server's main process.</summary>
    ProcessCrash,
    /// <summary>SIGKILL to the agent; its server goes on.</summary>
    AgentCrash,
    /// <summary>SIGTERM to the agent, and a new start.</summary>
    AgentRestart,
    /// <summary>All of a host at once; its clients hear nothing any more.</summary>
    HostCrash,
    /// <summary>SIGSTOP to all of a host.</summary>
    HostFreeze,
    /// <summary>SIGSTOP to the server alone.</summary>
    ServerFreeze,
    /// <summary>SIGSTOP to the agent alone.</summary>
    AgentFreeze,
    /// <summary>A host neither hears nor is heard by other hosts; clients still reach it.</summary>
    HostCut,
    /// <summary>Nothing that a host sends arrives.</summary>
    HostMute,
    /// <summary>Nothing arrives at a host.</summary>
    HostDeaf,
    /// <summary>Two hosts do not reach each other, everybody else does.</summary>
    PairCut,
    /// <summary>The same in one direction.</summary>
    PairCutOneWay,
    /// <summary>A host's link carries a tenth of a megabyte a second, and queues the rest.</summary>
    SlowHost,
    /// <summary>A host's link loses packets.</summary>
    LossyHost,
    /// <summary>The disk of a member is full.</summary>
    FullDisk,
    /// <summary>SIGKILL to an etcd server.</summary>
    EtcdCrash,
    /// <summary>SIGKILL to the etcd server that leads.</summary>
    EtcdLeaderCrash,
    /// <summary>SIGKILL to so many etcd servers that no majority is left.</summary>
    EtcdMajorityLoss,
    /// <summary>An operator hands the primary role over.</summary>
    Switchover,
    /// <summary>The link between the two sites is cut.</summary>
    LinkCut,
    /// <summary>The same in one direction.</summary>
    LinkCutOneWay,
    /// <summary>The active site is cut off from the other and from the witness.</summary>
    SiteCut,
    /// <summary>The link between the two sites carries a fifth of a megabyte a second.</summary>
    SlowLink,
    /// <summary>The link between the two sites loses packets.</summary>
    LossyLink,
    /// <summary>An operator makes the other site the active one.</summary>
    SiteSwitchover,
    /// <summary>An operator goes back to the preferred site, or leaves it when it is active.</summary>
    SiteFailback,
    /// <summary>All hosts of the active site at once; an operator accepts the loss and makes the other site active.</summary>
    SiteLoss,
}

/// <summary>What is known of kinds.</summary>
internal static class FaultKinds
{
    /// <summary>Those that need two sites.</summary>
    public static bool NeedsTwoSites(FaultKind kind) => kind >= FaultKind.LinkCut;

    /// <summary>Those that move the active site, which nothing else may do at the same time.</summary>
    public static bool MovesSite(FaultKind kind) => kind >= FaultKind.SiteSwitchover;

    /// <summary>As it is written on the command line.</summary>
    public static string NameOf(FaultKind kind) =>
        string.Concat(kind.ToString().Select((letter, index) =>
            char.IsUpper(letter) && index > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    public static FaultKind? Parse(string name) =>
        Enum.GetValues<FaultKind>().Where(kind => NameOf(kind) == name).Select(kind => (FaultKind?)kind).FirstOrDefault();
}
