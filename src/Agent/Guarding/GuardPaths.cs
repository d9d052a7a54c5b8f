namespace Holdfast.Agent.Guarding;

/// <summary>Where the guard of a member keeps its files: beside the data directory, in a folder that only its user can enter.</summary>
internal sealed class GuardPaths
{
    public const string SocketName = "guard.sock";
    public const string ReplyPrefix = "guard.reply.";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public GuardPaths(string dataDirectory)
    {
        DataDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataDirectory));
        Folder = Path.Combine(DataDirectory + ".holdfast", "run");
    }

    public string DataDirectory { get; }
    public string Folder { get; }
    public string Lock => Path.Combine(Folder, "guard.lock");
    public string Log => Path.Combine(Folder, "guard.log");
    /// <summary>What the guard did when it last killed the server, as JSON.</summary>
    public string Fired => Path.Combine(Folder, "guard.fired");

    public void CreateFolder() => Directory.CreateDirectory(Folder, OwnerOnly);
}
