using System.Text;
using Holdfast.Core.Topology;

namespace Holdfast.Engines.Redis.Files;

/// <summary>Where everything of one member is.</summary>
internal sealed class Layout(MemberSpec self)
{
    /// <summary>Limit of the kernel for the path of a Unix socket.</summary>
    private const int SocketPathLimit = 107;

    public string Data { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(self.Data));
    /// <summary>Holdfast's own files beside the data, so that they survive a clone.</summary>
    public string Own => Data + ".holdfast";
    public string RunDirectory => Path.Combine(Own, "run");
    public string LogDirectory => Path.Combine(Own, "log");
    public string SalvageDirectory => Path.Combine(Own, "salvage");
    public string ServerLog => Path.Combine(LogDirectory, "server.log");
    public string CloneLog => Path.Combine(LogDirectory, "clone.log");
    public string Socket => Path.Combine(RunDirectory, "redis.sock");
    public string CloneSocket => Path.Combine(RunDirectory, "clone.sock");
    public string PidFile => Path.Combine(RunDirectory, "redis.pid");
    /// <summary>Holds the replication user's password, as the server needs it: for the owner only.</summary>
    public string Configuration => Path.Combine(Own, "redis.conf");
    public string CloneConfiguration => Path.Combine(Own, "clone.conf");
    /// <summary>The server's users; of their passwords the hashes only.</summary>
    public string Users => Path.Combine(Own, "users.acl");
    /// <summary>Password of Holdfast's own user at this member.</summary>
    public string ControlPassword => Path.Combine(Own, "control.password");
    /// <summary>Where the application's password is to be read when it was generated.</summary>
    public string ApplicationPassword => Path.Combine(Own, "application.password");
    /// <summary>How the member was told to run.</summary>
    public string State => Path.Combine(Own, "server.json");
    /// <summary>The copy in the making, moved into place when complete.</summary>
    public string CloneDirectory => Path.Combine(Own, "clone");
    /// <summary>What was salvaged, once more, while it is compared.</summary>
    public string ComparedDirectory => Path.Combine(Own, "compared");
    public string ComparedSocket => Path.Combine(RunDirectory, "compared.sock");
    public string ComparedConfiguration => Path.Combine(Own, "compared.conf");
    public string ComparedLog => Path.Combine(LogDirectory, "compared.log");
    /// <summary>What was salvaged, once more, while keys of it are brought back.</summary>
    public string RestoredDirectory => Path.Combine(Own, "restored");
    public string RestoredSocket => Path.Combine(RunDirectory, "restored.sock");
    public string RestoredConfiguration => Path.Combine(Own, "restored.conf");
    public string RestoredLog => Path.Combine(LogDirectory, "restored.log");
    /// <summary>Present while the data directory is not whole; says what was being done.</summary>
    public string IncompleteMarker => Path.Combine(Own, "incomplete");

    /// <summary>Which store's data these are, and the history that they carry inside: for when the server cannot be asked.</summary>
    public string Store => Path.Combine(Data, "holdfast.json");
    public string Snapshot => Path.Combine(Data, SnapshotName);
    public string LogFolder => Path.Combine(Data, LogFolderName);
    public string LogManifest => Path.Combine(LogFolder, "appendonly.aof.manifest");

    public const string SnapshotName = "dump.rdb";
    public const string LogFolderName = "appendonlydir";

    /// <summary>Creates the directories of ours, for the owner only.</summary>
    /// <exception cref="EngineException">They cannot be made.</exception>
    public void Prepare()
    {
        if (Encoding.UTF8.GetByteCount(ComparedSocket) > SocketPathLimit)
        {
            throw new EngineException(
                $"the path of the socket {ComparedSocket} is longer than {SocketPathLimit} bytes: choose a shorter 'data' for this member");
        }

        try
        {
            foreach (var directory in (ReadOnlySpan<string>)[Own, RunDirectory, LogDirectory, SalvageDirectory])
            {
                Directory.CreateDirectory(directory, AtomicFile.OwnerOnlyDirectory);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                $"cannot create {Own}: {exception.Message}; let the user who runs the agent own {Path.GetDirectoryName(Data)}", exception);
        }
    }
}
