using System.Collections.Immutable;

namespace Holdfast.Quickstart.Layout;

/// <summary>Where one member's things are.</summary>
/// <param name="Folder">Everything of this "host" is below it, so that its processes can be told by it.</param>
internal sealed record MemberPlace(string Name, int Port, int AgentPort, string Folder, string AgentLog)
{
    public string Data => Path.Combine(Folder, "data");
    /// <summary>Directory of the server's private socket.</summary>
    public string SocketDirectory => Path.Combine(Folder, "data.holdfast", "run");
    public string Address => $"127.0.0.1:{Port}";
    public Uri Agent => new($"http://127.0.0.1:{AgentPort}");
}

/// <summary>The layout of the temporary folder: one system, one site, one store, three members, one etcd, all on loopback.</summary>
internal sealed record Place(string Folder, int EtcdPort, int EtcdPeerPort, ImmutableArray<MemberPlace> Members)
{
    /// <summary>A socket's path may be so long, less what the server appends to its directory.</summary>
    private const int SocketDirectoryLimit = 107 - 20;
    private static readonly string[] MemberNames = ["orders-1", "orders-2", "orders-3"];

    public string SystemFile => Path.Combine(Folder, "holdfast.yaml");
    public string TokenFile => Path.Combine(Folder, "token");
    public string PasswordFile => Path.Combine(Folder, "pgpass");
    public string Logs => Path.Combine(Folder, "logs");
    public string EtcdData => Path.Combine(Folder, "etcd");
    public string EtcdLog => Path.Combine(Logs, "etcd.log");
    public string CommandLog => Path.Combine(Logs, "holdfast.log");
    public Uri Etcd => new($"http://127.0.0.1:{EtcdPort}");

    public MemberPlace Member(string name) => Members.Single(member => member.Name == name);

    /// <summary>Chooses ports and makes the folders.</summary>
    /// <exception cref="QuickstartException">The folder's path is too long for a socket in it.</exception>
    public static Place Create(string folder)
    {
        var ports = Ports.FindFree((2 * MemberNames.Length) + 2);
        var logs = Path.Combine(folder, "logs");
        var place = new Place(
            folder,
            ports[^2],
            ports[^1],
            [.. MemberNames.Select((name, index) => new MemberPlace(
                name, ports[2 * index], ports[(2 * index) + 1], Path.Combine(folder, name), Path.Combine(logs, $"agent-{name}.log")))]);
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
