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

    public string TokenFile => Path.ChangeExtension(SystemFile, ".token");
    public string PasswordFile => Path.ChangeExtension(SystemFile, ".pgpass");
    public string Logs => Path.Combine(Folder, "logs");
    public string CommandLog => Path.Combine(Logs, "holdfast.log");

    /// <summary>All that its servers and agents will bind.</summary>
    public IEnumerable<int> PortsTaken =>
        Members.SelectMany(member => new[] { member.Port, member.AgentPort })
            .Concat(Etcds.SelectMany(etcd => new[] { etcd.ClientPort, etcd.PeerPort }));

    public MemberPlace Member(string name) => Members.Single(member => member.Name == name);

    /// <summary>The member whose server has this port; null: none, for nothing has been acknowledged yet.</summary>
    public MemberPlace? At(int port) => Members.FirstOrDefault(member => member.Port == port);

    /// <summary>One site with three members and one etcd. Chooses ports and makes the folders.</summary>
    /// <exception cref="QuickstartException">The folder's path is too long for a socket in it.</exception>
    public static Place Create(string folder) =>
        Create(
            folder, "holdfast.yaml", [OneSite], [OneSite],
            [.. Enumerable.Range(1, MembersOfOneSite).Select(number => ($"orders-{number}", OneSite))]);

    /// <summary>Two sites with two members and one etcd each, and a third etcd at a witness site.</summary>
    /// <exception cref="QuickstartException">The folder's path is too long for a socket in it.</exception>
    public static Place CreateTwoSites(string folder) =>
        Create(
            folder, "two-sites.yaml", TwoSites, [.. TwoSites, Witness],
            [.. TwoSites.SelectMany(site => Enumerable.Range(1, MembersOfEach).Select(number => ($"orders-{site}-{number}", site)))]);

    private static Place Create(
        string folder, string systemFile, ImmutableArray<string> sites, ImmutableArray<string> etcdSites,
        ImmutableArray<(string Name, string Site)> members)
    {
        var ports = new Queue<int>(Ports.FindFree(2 * (members.Length + etcdSites.Length)));
        var logs = Path.Combine(folder, "logs");
        var place = new Place(
            folder, Path.Combine(folder, systemFile), sites,
            [
                .. etcdSites.Select(site => new EtcdPlace(
                    site, ports.Dequeue(), ports.Dequeue(), Path.Combine(folder, $"etcd-{site}"), Path.Combine(logs, $"etcd-{site}.log"))),
            ],
            [
                .. members.Select(member => new MemberPlace(
                    member.Name, member.Site, ports.Dequeue(), ports.Dequeue(), Path.Combine(folder, member.Name),
                    Path.Combine(logs, $"agent-{member.Name}.log"))),
            ]);
        if (place.Members.Any(member => member.SocketDirectory.Length > SocketDirectoryLimit))
        {
            throw new QuickstartException(
                $"the path {folder} is too long for a server's socket in it; set TMPDIR to a short one, such as /tmp");
        }

        Directory.CreateDirectory(logs);
        foreach (var member in place.Members)
        {
            Directory.CreateDirectory(member.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return place;
    }
}
