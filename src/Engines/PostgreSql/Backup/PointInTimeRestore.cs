using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>Up to where to restore.</summary>
public abstract record RestoreTarget
{
    private RestoreTarget() { }

    /// <summary>Every transaction that had committed by then, by the clock of the primary of that time.</summary>
    public sealed record Time(DateTimeOffset At) : RestoreTarget;

    /// <summary>Every transaction whose commit ends at or before this place in the log.</summary>
    public sealed record Place(Lsn At) : RestoreTarget;

    /// <summary>Up to a restore point that somebody has named.</summary>
    public sealed record Point(string Name) : RestoreTarget;

    /// <summary>As far as the archive goes.</summary>
    public sealed record Latest : RestoreTarget;

    /// <summary>As the server reads it.</summary>
    internal (RestoreKind Kind, string Value) Text => this switch
    {
        Time time => (RestoreKind.Time, time.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) + "+00"),
        Place place => (RestoreKind.Lsn, place.At.ToString()),
        Point point => (RestoreKind.Name, point.Name),
        _ => (RestoreKind.Latest, ""),
    };

    /// <param name="backup">The backup to begin with; null: the newest that fits.</param>
    /// <param name="timeline">The history to follow; null: the newest.</param>
    public RestoreRequest From(string? backup = null, uint? timeline = null) => new(Text.Kind, Text.Value, backup, timeline);
}

/// <param name="Data">The new data directory.</param>
/// <param name="Start">A command that starts the server there.</param>
/// <param name="Connect">A command that connects to it.</param>
public sealed record RestoreReport(string Data, string Start, string Connect);

/// <summary>
/// Restores a store into a new directory on this host. Nothing that exists is touched: neither members nor what else is in the repository. The server
/// that is started there listens on no address and archives nothing; it takes the log up to the target from the repository, then it is writable.
/// </summary>
public sealed class PointInTimeRestore(StoreSpec store, string site, string into)
{
    private const int SocketPathLimit = 107;
    private const string SocketName = "/.s.PGSQL.5432";
    private readonly string _data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(into));

    /// <summary>More arguments for pgBackRest.</summary>
    internal ImmutableArray<string> Options { get; init; } = [];

    /// <summary>Also where log is missing, and the end of it is not the end of the archive.</summary>
    internal bool EndsAnywhere { get; init; }

    private string Own => _data + ".holdfast";
    private string Configuration => Path.Combine(Own, "pgbackrest.conf");
    private string Socket => Path.Combine(Own, "run");
    private string HostRules => Path.Combine(Own, "pg_hba.conf");
    private string Identities => Path.Combine(Own, "pg_ident.conf");

    public Task<RestoreReport> RunAsync(RestoreTarget target, IProgress<BackupProgress> progress, CancellationToken cancellationToken) =>
        RunAsync(target.From(), progress, cancellationToken);

    /// <exception cref="EngineException">The place is taken or not fit, there is no such backup, or the repository cannot be read.</exception>
    public async Task<RestoreReport> RunAsync(RestoreRequest target, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var repository = store.Backup?.At(site) ?? throw new EngineException($"store {store.Name} declares no backup repository for {site}");
        var spec = store.Engine as PostgreSqlSpec ?? throw new EngineException($"store {store.Name} is not of PostgreSQL");
        Check();
        var (madeData, madeOwn) = (!Directory.Exists(_data), !Directory.Exists(Own));
        try
        {
            Make(repository);
            await BackRestRun.RunAsync(
                Configuration, BackRestFile.Stanza(store, site),
                ["restore", .. Options, .. await AimAsync(target, cancellationToken), $"--tablespace-map-all={Path.Combine(Own, "tablespaces")}"],
                progress, cancellationToken);
            Isolate();
        }
        catch
        {
            // All of it is ours: both were empty, or not there. The key is in one of them.
            Clear(Own, madeOwn);
            Clear(_data, madeData);
            throw;
        }

        var layout = new Layout(new MemberSpec { Name = "restored", Site = site, Address = new("127.0.0.1", 5432), Agent = default, Data = _data });
        var bin = new Server.Binaries(spec, layout).Directory ?? throw new EngineException(
            $"{_data} is restored, but this host has no PostgreSQL {AtomicFile.ReadOrNull(layout.VersionFile)?.Trim()} to start it with: install it");
        return new RestoreReport(
            _data,
            Command(Path.Combine(bin, "pg_ctl"), "start", "-w", "-t", "86400", "-D", _data, "-l", Path.Combine(Own, "server.log")),
            Command(Path.Combine(bin, "psql"), "-h", Socket, "-U", RoleNames.Administrator));

        static string Command(params string[] words) => string.Join(' ', words.Select(ShellText.Word));
    }

    private void Make(RepositorySpec repository)
    {
        try
        {
            foreach (var directory in (ReadOnlySpan<string>)[_data, Own, Socket])
            {
                DirectoryWork.CreateOwnerOnly(directory);
            }

            AtomicFile.Write(Configuration, BackRestFile.ForReading(store, site, repository, Path.Combine(Own, "backup"), _data));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"cannot create {_data}: {exception.Message}; name a directory whose parent you may write to", exception);
        }
    }

    private static void Clear(string directory, bool isOurs)
    {
        DirectoryWork.Empty(directory);
        if (isOurs)
        {
            DirectoryWork.Remove(directory);
        }
    }

    /// <summary>Refuses what would touch something that exists.</summary>
    private void Check()
    {
        if (Native.EffectiveUser() == 0)
        {
            throw new EngineException(
                "PostgreSQL does not run as root, so a restore must not either: use for example 'runuser -u postgres -- holdfast restore …'");
        }

        DirectoryWork.RequirePrintable(_data);
        if (System.Text.Encoding.UTF8.GetByteCount(Socket + SocketName) > SocketPathLimit)
        {
            throw new EngineException($"{_data} is too long a path for the server's socket beside it: choose a shorter one");
        }

        foreach (var member in store.Members.Values)
        {
            var data = Path.TrimEndingDirectorySeparator(Path.GetFullPath(member.Data));
            if (IsWithin(_data, data) || IsWithin(_data, data + ".holdfast") || IsWithin(data, _data))
            {
                throw new EngineException($"{_data} is where {member.Name} has its data: restore into a directory of its own");
            }
        }

        foreach (var place in (ReadOnlySpan<string>)[_data, Own])
        {
            if (File.Exists(place) || (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any()))
            {
                throw new EngineException($"{place} is there already and not empty: name a new directory, or remove this one");
            }
        }
    }

    private static bool IsWithin(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>
    /// pgBackRest takes the newest backup that is old enough, but that may be of a history which was left since: so which it is to be is said. Where
    /// there is none, pgBackRest says so.
    /// </summary>
    private async Task<IEnumerable<string>> AimAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        var history = await RepositoryHistory.ReadAsync(Configuration, BackRestFile.Stanza(store, site), request.Timeline, cancellationToken);
        if (!EndsAnywhere)
        {
            _ = history.EndFor(request);
        }

        var aim = request.Kind switch
        {
            RestoreKind.Time => ["--type=time", $"--target={request.Value}", "--target-action=promote"],
            RestoreKind.Lsn => ["--type=lsn", $"--target={request.Value}", "--target-action=promote"],
            RestoreKind.Name => ["--type=name", $"--target={request.Value}", "--target-action=promote"],
            // Without a target the server goes to the end of the log that there is.
            _ => (string[])["--type=default"],
        };
        return
        [
            .. aim,
            .. (request.Backup ?? history.Choose(request)?.Label) is { } label ? (string[])[$"--set={label}"] : [],
            .. request.Timeline is null ? [] : (string[])[$"--target-timeline={history.Timeline.ToString(CultureInfo.InvariantCulture)}"],
        ];
    }

    /// <summary>
    /// What came with the backup are the settings of a member: its address, its archive, whom its commits wait for. Ours come after them, in a file that
    /// is read last; what pgBackRest wrote for the recovery is read later still, and after that how log is fetched.
    /// </summary>
    private void Isolate()
    {
        AtomicFile.Write(HostRules, $"local all {RoleNames.Administrator} peer map=holdfast\n");
        AtomicFile.Write(Identities, $"holdfast \"{Environment.UserName.Replace("\"", "\"\"", StringComparison.Ordinal)}\" {RoleNames.Administrator}\n");
        (string Name, string Value)[] settings =
        [
            ("listen_addresses", ""), ("port", "5432"), ("unix_socket_directories", Socket), ("unix_socket_permissions", "0700"),
            ("hba_file", HostRules), ("ident_file", Identities), ("ssl", "off"), ("cluster_name", "restored"),
            ("archive_mode", "off"), ("archive_command", ""), ("primary_conninfo", ""), ("primary_slot_name", ""), ("synchronous_standby_names", ""),
            ("recovery_target_timeline", "latest"),
            // A subscription of the store's would go on from here, and take the changes from the store.
            ("max_logical_replication_workers", "0"), ("logging_collector", "off"),
        ];
        var recovery = Path.Combine(_data, "postgresql.auto.conf");
        var fetch = new RestoreSource(Configuration, BackRestFile.Stanza(store, site)).FetchCommand();
        AtomicFile.Write(recovery, (AtomicFile.ReadOrNull(recovery) ?? "") + SettingsText.Line("restore_command", fetch) + "\n");
        var file = Path.Combine(_data, "holdfast.conf");
        var text = AtomicFile.ReadOrNull(file) ?? "";
        var lines = settings.Select(setting => SettingsText.Line(setting.Name, setting.Value));
        AtomicFile.Write(
            file, $"{text.TrimEnd()}\n# Written by Holdfast for a restored copy, which stands apart from the store.\n{string.Join('\n', lines)}\n");
    }
}
