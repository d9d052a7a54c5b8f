using Holdfast.Core.Topology;

namespace Holdfast.Engines.PostgreSql.Files;

/// <summary>Where everything of one member is.</summary>
internal sealed class Layout
{
    /// <summary>Limit of the kernel for the path of a Unix socket.</summary>
    private const int SocketPathLimit = 107;

    public Layout(MemberSpec self)
    {
        Data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(self.Data));
        Own = Data + ".holdfast";
        Port = self.Address.Port;
    }

    /// <summary>What the small files among these say.</summary>
    public FileMemory Memory { get; } = new();

    public string Data { get; }
    public int Port { get; }
    /// <summary>Holdfast's own files beside the data, so that they survive a clone.</summary>
    public string Own { get; }
    public string Passfile => Path.Combine(Own, "pgpass");
    public string SocketDirectory => Path.Combine(Own, "run");
    public string LogDirectory => Path.Combine(Own, "log");
    public string ServerLog => Path.Combine(LogDirectory, "server.log");
    public string SalvageDirectory => Path.Combine(Own, "salvage");
    public string HostAuthentication => Path.Combine(Own, "pg_hba.conf");
    public string IdentityMap => Path.Combine(Own, "pg_ident.conf");
    /// <summary>The copy in the making, moved into place when complete.</summary>
    public string CloneDirectory => Path.Combine(Own, "clone");
    public string ReplacedDirectory => Path.Combine(Own, "replaced");
    /// <summary>Present while the data directory is not whole; says what was being done.</summary>
    public string IncompleteMarker => Path.Combine(Own, "incomplete");
    /// <summary>Names the run of the server in which commits may have been acknowledged alone.</summary>
    public string AloneMarker => Path.Combine(Own, "alone");

    /// <summary>Socket and access rules of a server that runs isolated, to read what its log says.</summary>
    public string IsolatedDirectory => Path.Combine(Own, "iso");
    /// <summary>Names the salvage that is being decoded: from then on the log's end is not where it was.</summary>
    public string DecodingMarker => Path.Combine(Own, "decoding");
    public string ArchiveScript => Path.Combine(Own, "archive.sh");
    /// <summary>What of the archive and of backup repositories may be read at present, and how; not there: nothing.</summary>
    public string FeedDirectory => Path.Combine(Own, "feed");
    public string FeedRanges => Path.Combine(FeedDirectory, "ranges");
    /// <summary>How a repository is read, by the name that pgBackRest has for what is in it; it may hold the key.</summary>
    public string FeedRepository(string stanza) => Path.Combine(FeedDirectory, stanza + ".conf");
    /// <summary>Names the piece of log that was asked for last, if nobody has it, and says on further lines why.</summary>
    public string FeedMissing => Path.Combine(FeedDirectory, "missing");
    /// <summary>What went wrong when a piece of log was archived last; not there: nothing.</summary>
    public string ArchiveFault => Path.Combine(Own, "archive.fault");
    /// <summary>Names the last piece of log that was not archived because too many waited.</summary>
    public string ArchiveGap => Path.Combine(Own, "archive.gap");

    /// <summary>How pgBackRest reaches the repository; it may hold the key.</summary>
    public string BackupConfiguration => Path.Combine(Own, "pgbackrest.conf");
    public string BackupLocks => Path.Combine(Own, "backup");
    /// <summary>Names the epoch of the restore in place that made the data.</summary>
    public string RestoredMarker => Path.Combine(Own, "restored");
    /// <summary>Where a restore in place of this epoch keeps what it replaces.</summary>
    public string SetAside(long epoch) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Data}.before-restore-{epoch}");
    /// <summary>Where it puts tablespaces: in their old places are those that were set aside.</summary>
    public string Tablespaces(long epoch) =>
        Path.Combine(Own, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"tablespaces-{epoch}"));
    /// <summary>Names the newest timeline that may be archived into the backup repository; not there: nothing may.</summary>
    public string BackupAllowed => Path.Combine(Own, "backup.allowed");

    /// <summary>Names the timeline on which this member last began a backup.</summary>
    public string BackupBegun => Path.Combine(Own, "backup.begun");

    public string Settings => Path.Combine(Data, "holdfast.conf");
    public string MainConfiguration => Path.Combine(Data, "postgresql.conf");
    public string AutoConfiguration => Path.Combine(Data, "postgresql.auto.conf");
    public string StandbySignal => Path.Combine(Data, "standby.signal");
    public string RecoverySignal => Path.Combine(Data, "recovery.signal");
    public string PidFile => Path.Combine(Data, "postmaster.pid");
    public string VersionFile => Path.Combine(Data, "PG_VERSION");
    public string ControlFile => Path.Combine(Data, "global", "pg_control");
    public string Log => Path.Combine(Data, "pg_wal");
    public string Slots => Path.Combine(Data, "pg_replslot");
    public string Socket => Path.Combine(SocketDirectory, $".s.PGSQL.{Port}");

    /// <summary>Creates the directories of ours, for the owner only.</summary>
    /// <exception cref="EngineException">They cannot be made.</exception>
    public void Prepare()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(Socket) > SocketPathLimit)
        {
            throw new EngineException(
                $"the path of the socket {Socket} is longer than {SocketPathLimit} bytes: choose a shorter 'data' for this member");
        }

        try
        {
            foreach (var directory in (ReadOnlySpan<string>)[Own, SocketDirectory, LogDirectory, SalvageDirectory])
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
