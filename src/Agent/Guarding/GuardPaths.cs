namespace Holdfast.Agent.Guarding;

/// <summary>
/// Where a guard of a member keeps its files: beside the data directory, in a folder that only its user can enter. Guards of different names are
/// different processes with a deadline each.
/// </summary>
internal sealed class GuardPaths
{
    public const string DefaultName = "guard";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="name">Begins the name of each of its files.</param>
    public GuardPaths(string dataDirectory, string name = DefaultName)
    {
        Name = name;
        DataDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory));
        Folder = Path.Combine(DataDirectory + ".holdfast", "run");
    }

    public string Name { get; }
    public string DataDirectory { get; }
    public string Folder { get; }
    public string Lock => Path.Combine(Folder, Name + ".lock");
    public string Log => Path.Combine(Folder, Name + ".log");
    /// <summary>What the guard did when it last killed the server, as JSON.</summary>
    public string Fired => Path.Combine(Folder, Name + ".fired");

    /// <summary>Name of its socket in the folder.</summary>
    public string SocketName => Name + ".sock";
    /// <summary>Begins the names of the sockets that wait for its answers.</summary>
    public string ReplyPrefix => Name + ".reply.";

    /// <summary>A short word that can stand in a file's name.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= 32 && name.All(letter => char.IsAsciiLetterLower(letter) || letter == '-');

    public void CreateFolder() => Directory.CreateDirectory(Folder, OwnerOnly);
}
