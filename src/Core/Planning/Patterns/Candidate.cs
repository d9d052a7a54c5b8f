namespace Holdfast.Core.Planning.Patterns;

/// <summary>Where the data are, as a ladder: a rung mostly loses more with a site than the one above, costs less, and stands more distance.</summary>
public enum DataPattern
{
    /// <summary>A commit waits for a standby at the other site: nothing is lost with a site.</summary>
    StretchedQuorum,
    /// <summary>A commit waits for a receiver of the log at a near place; the far site follows asynchronously and fetches the rest from there.</summary>
    NearReceiver,
    /// <summary>A quorum inside the site; the other site follows.</summary>
    Asynchronous,
    /// <summary>A quorum inside the site; finished pieces of log are copied to the other site and replayed there.</summary>
    LogShipping,
    /// <summary>Backups only, at the other site where the repository is there.</summary>
    Backup,
    /// <summary>A quorum inside the one site, and nothing elsewhere.</summary>
    LocalQuorum,
}

/// <summary>What stands ready at the other site, and so how long it takes.</summary>
public enum Readiness
{
    /// <summary>Servers run with the data, and take over by themselves.</summary>
    Hot,
    /// <summary>Servers run with the data; somebody decides.</summary>
    Warm,
    /// <summary>The data are there, the hosts are not.</summary>
    PilotLight,
    /// <summary>Neither: hosts are made and a backup is restored.</summary>
    Cold,
    /// <summary>Nothing is there.</summary>
    None,
}

/// <summary>One way to keep a store.</summary>
/// <param name="LocalMembers">Members at the active site.</param>
/// <param name="NearMembers">Members at a third place, where one quorum is spread over three of which none has a majority. 0: over two at most.</param>
/// <param name="Leased">Commits wait for no other member: a lease ends a primary that is cut off, and what it took until then is lost.</param>
public sealed record Candidate(DataPattern Pattern, int LocalMembers, Readiness Readiness, int NearMembers = 0, bool Leased = false)
{
    /// <summary>One quorum over three places: whichever is lost, the two others are a majority and go on.</summary>
    public bool IsSpread => NearMembers > 0;

    /// <summary>When the primary is lost, another member of the same quorum takes over.</summary>
    public bool HasSuccessor => LocalMembers > 1 || IsSpread;

    /// <summary>It needs a third place with data.</summary>
    public bool UsesNear => Pattern == DataPattern.NearReceiver || IsSpread;

    /// <summary>Another site takes part.</summary>
    public bool UsesOtherSite => Readiness != Readiness.None;

    /// <summary>The other site gets each byte of log as it is written.</summary>
    public bool Streams => Pattern is DataPattern.StretchedQuorum or DataPattern.NearReceiver or DataPattern.Asynchronous;

    /// <summary>Members that run at the other site.</summary>
    public int RemoteMembers => IsSpread ? 1 : Readiness switch { Readiness.Hot => Math.Max(1, LocalMembers - 1), Readiness.Warm => 1, _ => 0 };

    /// <summary>Whole copies of the data on members' disks.</summary>
    public int Copies => LocalMembers + NearMembers + RemoteMembers + (Readiness == Readiness.PilotLight ? 1 : 0);

    /// <summary>Which place elsewhere must have a commit before it is acknowledged is said by the pattern; otherwise it is a member of the same site.</summary>
    public bool WaitsElsewhere => Pattern is DataPattern.StretchedQuorum or DataPattern.NearReceiver;

    /// <summary>All that make sense for a class, the ladder downwards.</summary>
    /// <param name="leased">Also those whose commits wait for nobody: a store may lose something with a host.</param>
    public static IEnumerable<Candidate> For(ClassTraits traits, bool leased = false)
    {
        ArgumentNullException.ThrowIfNull(traits);
        return All.Where(candidate => candidate.Pattern != DataPattern.StretchedQuorum || candidate.IsSpread == traits.NeedsMajority)
            .SelectMany(candidate => leased && !candidate.WaitsElsewhere && candidate.LocalMembers > 1
                ? (Candidate[])[candidate with { Leased = true }, candidate] : [candidate]);
    }

    private static readonly Candidate[] All =
    [
        .. from members in (int[])[1, 2] select new Candidate(DataPattern.StretchedQuorum, members, Readiness.Hot, NearMembers: members),
        .. from members in (int[])[2, 3]
           from ready in (Readiness[])[Readiness.Hot, Readiness.Warm]
           select new Candidate(DataPattern.StretchedQuorum, members, ready),
        .. from members in (int[])[2, 3]
           from ready in (Readiness[])[Readiness.Hot, Readiness.Warm]
           select new Candidate(DataPattern.NearReceiver, members, ready),
        .. from members in (int[])[1, 2, 3]
           from ready in (Readiness[])[Readiness.Hot, Readiness.Warm, Readiness.PilotLight]
           select new Candidate(DataPattern.Asynchronous, members, ready),
        .. from members in (int[])[1, 2, 3]
           from ready in (Readiness[])[Readiness.Warm, Readiness.PilotLight]
           select new Candidate(DataPattern.LogShipping, members, ready),
        .. from members in (int[])[1, 2, 3] select new Candidate(DataPattern.Backup, members, Readiness.Cold),
        .. from members in (int[])[1, 2, 3] select new Candidate(DataPattern.LocalQuorum, members, Readiness.None),
    ];
}
