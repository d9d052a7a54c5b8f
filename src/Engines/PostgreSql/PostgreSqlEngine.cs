using System.Collections.Frozen;
using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Access;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Facts;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql;

/// <summary>
/// One PostgreSQL member. This part puts the pieces together; each concern has a folder: Server (processes), Configuration,
/// Replication, Access,
/// Copying (initialise, clone, rewind, salvage), Observation, Sessions.
/// </summary>
public sealed partial class PostgreSqlEngine : IMemberEngine
{
    private readonly StoreSpec _store;
    private readonly MemberSpec _self;
    private readonly Layout _layout;
    private readonly Action<string> _log;
    private readonly ServerProcess _process;
    private readonly SettingsFile _settings;
    private readonly AuthenticationFiles _authentication;
    private readonly LocalServer _server;
    private readonly LocalSession _control;
    private readonly LocalSession _long;
    private readonly Reloader _reloader;
    private readonly SyncControl _sync;
    private readonly Receiver _receiver;
    private readonly TornTail _tornTail;
    private readonly LogKeeping _logKeeping;
    private readonly ArchiveScript _archive;
    private readonly Binaries _binaries;
    private readonly Feeder _feeder;
    private readonly Farewell _farewell;
    private readonly Roles _roles;
    private readonly Gate _gate;
    private readonly Initialiser _initialiser;
    private readonly BaseBackup _baseBackup;
    private readonly Rewinder _rewinder;
    private readonly Salvager _salvager;
    private readonly LossSlots _lossSlots;
    private readonly LossDecoder _lossDecoder;
    private readonly RowChecker _rowChecker;
    private readonly Ledger _ledger;
    private readonly DataInspector _inspector;
    private readonly StoppedFacts _stopped;
    /// <summary>Held while files of a stopped server's log are mended, and while it is started.</summary>
    private readonly SemaphoreSlim _forks = new(1, 1);
    private readonly ForkSegments _forkSegments;
    private readonly Observer _observer;
    private readonly Faults _faults;
    private readonly FlushMeter _disk;
    private readonly FactMeter _facts;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, PeerProbe> _probes = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, Secret> _credentials = ImmutableDictionary<string, Secret>.Empty;
    private readonly RunMemory _runs = new();
    private volatile bool _stopping;

    /// <param name="store">A store whose engine section is a <see cref="PostgreSqlSpec"/>.</param>
    /// <param name="self">This member, one of the store's.</param>
    /// <param name="log">Gets one line per thing done; never a password.</param>
    public PostgreSqlEngine(StoreSpec store, MemberSpec self, TimeProvider time, Action<string>? log = null)
    {
        var spec = store.Engine as PostgreSqlSpec ?? throw new ArgumentException($"store {store.Name} is not of PostgreSQL", nameof(store));
        if (store.Members.ContainsKey(SyncRuleText.NoStandby))
        {
            throw new EngineException($"store {store.Name} has a member '{SyncRuleText.NoStandby}', a reserved name: give it another");
        }

        (_store, _self, _time, _log) = (store, self, time, log ?? (_ => { }));
        _layout = new Layout(self);
        _forkSegments = new ForkSegments(_layout);
        var binaries = new Binaries(spec, _layout);
        var bound = new LogBound(store, self, spec);
        _faults = new Faults(store, _layout);
        _process = new ServerProcess(_layout, binaries, time, _log);
        _binaries = binaries;
        _archive = new ArchiveScript(store, self, bound, _layout);
        _settings = new SettingsFile(store, self, spec, _layout, binaries, bound, _archive);
        if (_settings.Conflict() is { } conflict)
        {
            throw new EngineException($"store {store.Name} archives by Holdfast and sets '{conflict}' in 'parameters': take one of them away");
        }

        _authentication = new AuthenticationFiles(store, spec, _layout);
        _server = new LocalServer(_layout, _process);
        _control = new LocalSession(_server, "control");
        _long = new LocalSession(_server, "work");
        _reloader = new Reloader(_layout, _server, _settings, _process, _runs, time);
        _sync = new SyncControl(
            _layout, _server, _reloader, _process, _control,
            store.Members.Values.Where(member => member.Site != self.Site).Select(member => member.Name).ToFrozenSet(StringComparer.Ordinal), time);
        _receiver = new Receiver(_reloader, _process, _control, time);
        _tornTail = new TornTail(_control, _layout);
        _logKeeping = new LogKeeping(store, self, bound, _layout, _control, time);
        _feeder = new Feeder(store, _layout, _runs, _process, time);
        _farewell = new Farewell(store, self, _layout, _control, time);
        _roles = new Roles(store, _control);
        _gate = new Gate(_authentication, _reloader, _process, _control, time);
        _initialiser = new Initialiser(_layout, binaries);
        _baseBackup = new BaseBackup(_layout, binaries, self);
        _rewinder = new Rewinder(_layout, binaries, self, time);
        _salvager = new Salvager(store, _layout, self, spec);
        _lossSlots = new LossSlots(_server, self.Name);
        _lossDecoder = new LossDecoder(store, self, spec, _layout, binaries, time, _log);
        _rowChecker = new RowChecker(_layout, self.Name);
        _ledger = new Ledger(_server, self.Name);
        _disk = new FlushMeter(_layout, time);
        _facts = new FactMeter(store, self, _layout, _disk, time);
        _inspector = new DataInspector(_layout, binaries);
        _stopped = new StoppedFacts(_layout, binaries, time, () => MakeForksWholeWhileStoppedAsync(CancellationToken.None));
        _observer = new Observer(
            store, self, _layout, _server, _process, _sync, _authentication, _inspector, _stopped,
            new StartingFacts(_layout, binaries, time), _faults, _runs, new LinkObserver(store, self, bound, time), _archive, time);
        _process.Exited += OnExited;
        // A server that an agent before this one started is watched from now on.
        if (_process.Current is { } running)
        {
            _log($"server of {_layout.Data} runs already, pid {running.Pid}");
        }
    }

    public event Action? Exited;

    public ImmutableArray<string> CredentialNames => [Roles.ReplicationCredential, Roles.RewindCredential, Roles.HealthCredential];

    public Task<EngineView> ObserveAsync(CancellationToken cancellationToken) => _observer.LookAsync(cancellationToken);

    public void UseCredentials(ImmutableDictionary<string, Secret> credentials)
    {
        foreach (var name in CredentialNames)
        {
            if (!credentials.ContainsKey(name))
            {
                throw new EngineException($"the password '{name}' of store {_store.Name} is missing");
            }
        }

        _layout.Prepare();
        _disk.RemoveLeftovers(_log);
        _credentials = credentials;
        AtomicFile.WriteIfChanged(
            _layout.Passfile,
            ConnectionInfo.PassfileLine(RoleNames.Replication, credentials[Roles.ReplicationCredential].Reveal()) +
            ConnectionInfo.PassfileLine(RoleNames.Rewind, credentials[Roles.RewindCredential].Reveal()));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Exited -= OnExited;
        _process.Dispose();
        await _observer.DisposeAsync();
        await _control.DisposeAsync();
        await _long.DisposeAsync();
        await _ledger.DisposeAsync();
        await _server.DisposeAsync();
        foreach (var probe in _probes.Values)
        {
            await probe.DisposeAsync();
        }
    }

    private void OnExited()
    {
        _faults.Ended(_stopping, _runs.LastHasAnswered);
        _control.Forget();
        _long.Forget();
        _ledger.Forget();
        Exited?.Invoke();
    }

    private Secret Credential(string name) => _credentials.GetValueOrDefault(name)
        ?? throw new EngineException($"the password '{name}' of store {_store.Name} has not been handed over yet");

    private MemberSpec Peer(string name) => _store.Members.GetValueOrDefault(name) is { } peer && name != _self.Name
        ? peer
        : throw new EngineException($"'{name}' is not another member of store {_store.Name}");

    /// <summary>Turns a fault of the server's into one for people, at the edge, once.</summary>
    private async Task AtEdgeAsync(string what, Func<Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException
            or System.Net.Sockets.SocketException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var message = $"cannot {what} at {_self.Name}: {DiskFault.Describe(_layout.Data) ?? exception.Message}";
            _faults.Set(message);
            throw new EngineException(message, exception);
        }
        catch (EngineException exception)
        {
            _faults.Set(exception.Message);
            throw;
        }
    }
}
