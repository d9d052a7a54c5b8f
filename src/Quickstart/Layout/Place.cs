using System.Collections.Immutable;

namespace Holdfast.Quickstart.Layout;

/// <summary>Where one member's things are.</summary>
/// <param name="Folder">Everything of this "host" is below it, so that its processes can be told by it.</param>
internal sealed record MemberPlace(string Name, string Site, int Port, int AgentPort, string Folder, string AgentLog)
{
    public string Data => Path.Combine(Folder, "data");
    /// <summary>Directory of the server's private socket.</summary>
    public string SocketDirectory => Path.Combine(Folder, "data.holdfast", "run");
    public string Address => $"127.0.0.1:{Port}";
    public Uri Agent => new($"http://127.0.0.1:{AgentPort}");
}

/// <summary>Where one etcd server's things are.</summary>
internal sealed record EtcdPlace(string Site, int ClientPort, int PeerPort, string Data, string Log)
{
    public string Name => $"etcd-{Site}";
    public Uri Client => new($"http://127.0.0.1:{ClientPort}");
    public string Peer => $"http://127.0.0.1:{PeerPort}";
}

/// <summary>The layout of one system in the temporary folder, all on loopback.</summary>
/// <param name="Sites">Those that carry members, in order; the first is active at first.</param>
/// <param name="SystemFile">As an operator has it.</param>
internal sealed record Place(
    string Folder, string SystemFile, ImmutableArray<string> Sites, ImmutableArray<EtcdPlace> Etcds, ImmutableArray<MemberPlace> Members)
{
    public const string OneSite = "home";
    public const string Witness = "west";
    /// <summary>A socket's path may be so long, less what the server appends to its directory.</summary>
    private const int SocketDirectoryLimit = 107 - 20;
    private const int MembersOfOneSite = 3;
    private const int MembersOfEach = 2;
    private static readonly ImmutableArray<string> TwoSites = ["north", "south"];

    /// <summary>Of the second store, <c>sessions</c>; none where there is one site.</summary>
    public ImmutableArray<MemberPlace> Sessions { get; init; } = [];
    /// <summary>The gate's, by store: where clients come that write, and where those that read.</summary>
    public ImmutableSortedDictionary<string, (int Write, int Read)> Doors { get; init; } = ImmutableSortedDictionary<string, (int, int)>.Empty;

    /// <summary>The members of all stores.</summary>
    public IEnumerable<MemberPlace> All => Members.Concat(Sessions);

    public string SessionsPasswordFile => Path.ChangeExtension(SystemFile, ".sessions-password");
    public string TokenFile => Path.ChangeExtension(SystemFile, ".token");
    public string PasswordFile => Path.ChangeExtension(SystemFile, ".pgpass");
    public string Logs => Path.Combine(Folder, "logs");
    public string CommandLog => Path.Combine(Logs, "holdfast.log");

    /// <summary>All that its servers and agents will bind.</summary>
    public IEnumerable<int> PortsTaken =>
        All.SelectMany(member => new[] { member.Port, member.AgentPort })
            .Concat(Etcds.SelectMany(etcd => new[] { etcd.ClientPort, etcd.PeerPort }))
            .Concat(Doors.Values.SelectMany(door => new[] { door.Write, door.Read }));

    public MemberPlace Member(string name) => Members.Single(member => member.Name == name);

    /// <summary>The member whose server has this port; null: none, for nothing has been acknowledged yet.</summary>
    public MemberPlace? At(int port) => All.FirstOrDefault(member => member.Port == port);

    /// <summary>One site with three members and one etcd. Chooses ports and makes the folders.</summary>
    /// <exception cref="QuickstartException">The folder's path is too long for a socket in it.</exception>
    public static Place Create(string folder) =>
        Create(
            folder, "holdfast.yaml", [OneSite], [OneSite],
            [.. Enumerable.Range(1, MembersOfOneSite).Select(number => ($"{Layout.SystemFile.Store}-{number}", OneSite))], []);

    /// <summary>Two sites with two members, one of the store of sessions, and one etcd each, and a third etcd at a witness site.</summary>
    /// <exception cref="QuickstartException">The folder's path is too long for a socket in it.</exception>
    public static Place CreateTwoSites(string folder) =>
        Create(
            folder, "two-sites.yaml", TwoSites, [.. TwoSites, Witness],
            [.. TwoSites.SelectMany(site => Enumerable.Range(1, MembersOfEach).Select(number => ($"{Layout.SystemFile.Store}-{site}-{number}", site)))],
            [.. TwoSites.Select(site => ($"{SitesFile.Sessions}-{site}", site))]);

    private static Place Create(
        string folder, string systemFile, ImmutableArray<string> sites, ImmutableArray<string> etcdSites,
        ImmutableArray<(string Name, string Site)> members, ImmutableArray<(string Name, string Site)> sessions)
    {
        ImmutableArray<string> gated = sessions.IsEmpty ? [] : [Layout.SystemFile.Store, SitesFile.Sessions];
        var ports = new Queue<int>(Ports.FindFree(2 * (members.Length + sessions.Length + etcdSites.Length + gated.Length)));
        var logs = Path.Combine(folder, "logs");
        MemberPlace PlaceOf((string Name, string Site) member) => new(
            member.Name, member.Site, ports.Dequeue(), ports.Dequeue(), Path.Combine(folder, member.Name), Path.Combine(logs, $"agent-{member.Name}.log"));
        var place = new Place(
            folder, Path.Combine(folder, systemFile), sites,
            [
                .. etcdSites.Select(site => new EtcdPlace(
                    site, ports.Dequeue(), ports.Dequeue(), Path.Combine(folder, $"etcd-{site}"), Path.Combine(logs, $"etcd-{site}.log"))),
            ],
            [.. members.Select(PlaceOf)])
        {
            Sessions = [.. sessions.Select(PlaceOf)],
            Doors = gated.ToImmutableSortedDictionary(store => store, _ => (ports.Dequeue(), ports.Dequeue()), StringComparer.Ordinal),
        };
        if (place.All.Any(member => member.SocketDirectory.Length > SocketDirectoryLimit))
        {
            throw new QuickstartException(
                $"the path {folder} is too long for a server's socket in it; set TMPDIR to a short one, such as /tmp");
        }

        Directory.CreateDirectory(logs);
        foreach (var member in place.All)
        {
            Directory.CreateDirectory(member.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return place;
    }
}
