using System.Collections.Immutable;
using System.ComponentModel;
using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Copying;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Observation;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis;

/// <summary>
/// One member of Redis or Valkey. This part puts the pieces together; each concern has a folder: Server (processes), Configuration (settings and users),
/// Replication (the store's history), Copying (clone, salvage), Observation, Sessions and Protocol. How the facts of such a server stand for what the
/// rules ask is told in decision record 0026.
/// </summary>
public sealed partial class RedisEngine : IMemberEngine, ILossRestorer
{
    private readonly StoreSpec _store;
    private readonly MemberSpec _self;
    private readonly RedisSpec _spec;
    private readonly Layout _layout;
    private readonly Action<string> _log;
    private readonly TimeProvider _time;
    private readonly StateFile _state;
    private readonly ServerProcess _process;
    private readonly Users _users;
    private readonly ServerConfiguration _configuration;
    private readonly Session _control;
    private readonly Session _observing;
    private readonly Session _upkeep;
    private readonly Session _beating;
    private readonly HistoryKeeper _history;
    private readonly EndKeeper _ends;
    private readonly DataInspector _inspector;
    private readonly Faults _faults;
    private readonly Observer _observer;
    private readonly LinkObserver _link;
    private readonly Ledger _ledger;
    private readonly Cloner _cloner;
    private readonly Salvager _salvager;
    private readonly LossFinder _lossFinder;
    private readonly SalvageServer _restoreServer;
    private readonly KeyRestorer _restorer;
    private readonly SemaphoreSlim _restoring = new(1, 1);
    private readonly Dictionary<string, Session> _probes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _keeping;
    private volatile ImmutableDictionary<string, Secret> _credentials = ImmutableDictionary<string, Secret>.Empty;
    private volatile bool _stopping;
    /// <summary>By what the server's users were last made; null: not known.</summary>
    private volatile WantedUsersOf? _applied;
    /// <summary>Upkeep does not wait for its next turn.</summary>
    private readonly SemaphoreSlim _keepUpNow = new(0);
    private readonly SemaphoreSlim _usersTurn = new(1, 1);

    /// <param name="store">A store whose engine section is a <see cref="RedisSpec"/>.</param>
    /// <param name="self">This member, one of the store's.</param>
    /// <param name="log">Gets one line per thing done; never a password.</param>
    public RedisEngine(StoreSpec store, MemberSpec self, TimeProvider time, Action<string>? log = null)
    {
        _spec = store.Engine as RedisSpec ?? throw new ArgumentException($"store {store.Name} is not of Redis", nameof(store));
        (_store, _self, _time, _log) = (store, self, time, log ?? (_ => { }));
        _layout = new Layout(self);
        _state = new StateFile(_layout);
        var programs = new Programs(_spec);
        _process = new ServerProcess(ServerPlace.OfMember(_layout), programs, time, _log);
        _users = new Users(store, self, _spec, _layout);
        _configuration = new ServerConfiguration(store, self, _spec, _layout);
        (_control, _observing, _upkeep, _beating) = (Local(), Local(), Local(), Local());
        _history = new HistoryKeeper(_layout, _state, _upkeep, _log);
        _ends = new EndKeeper(_layout, _state, _history);
        _inspector = new DataInspector(_layout, _history);
        _faults = new Faults(_layout);
        _link = new LinkObserver(store, self);
        _observer = new Observer(store, self, _layout, _state, _history, _process, _inspector, _faults, _observing, _link, time);
        _cloner = new Cloner(_layout, programs, _configuration, _users, time, _log);
        _salvager = new Salvager(_layout);
        _ledger = new Ledger(_beating, _history, time);
        var primaries = new PresentPrimary(store, time, _log);
        _lossFinder = new LossFinder(store, self, Reading(ServerPlace.OfComparison(_layout)), primaries, time);
        _restoreServer = Reading(ServerPlace.OfRestore(_layout));
        _restorer = new KeyRestorer(store, self, _layout, _restoreServer, primaries, time, _log);
        _process.Exited += OnExited;
        // A server that an agent before this one started is watched from now on.
        if (_process.Current is { } running)
        {
            _log($"server of {_layout.Data} runs already, pid {running.Pid}");
        }

        _keeping = Task.Run(KeepUpAsync);

        SalvageServer Reading(ServerPlace place) => new(place, programs, _configuration, _users, time, _log);
    }

    public event Action? Exited;

    public ImmutableArray<string> CredentialNames =>
        [Users.ReplicationCredential, Users.HealthCredential, Users.ReaderCredential, Users.RestorerCredential, Users.ApplicationCredential];

    public async Task<EngineView> ObserveAsync(CancellationToken cancellationToken)
    {
        var view = await _observer.LookAsync(cancellationToken);
        if (view is { Process: ProcessState.Running, Role: MemberRole.Primary, Position: null } && _keepUpNow.CurrentCount == 0)
        {
            // It has taken another replication id, as with its first standby: until that is written down no standby knows that it has all.
            _keepUpNow.Release();
        }

        return view;
    }

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
        _credentials = credentials;
        _applied = null;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Exited -= OnExited;
        await _ending.CancelAsync();
        await _keeping;
        await _restoring.WaitAsync();
        _restoring.Dispose();
        _process.Dispose();
        _observer.Dispose();
        _history.Dispose();
        _ends.Dispose();
        _usersTurn.Dispose();
        _keepUpNow.Dispose();
        foreach (var session in (Session[])[_control, _observing, _upkeep, _beating, .. _probes.Values])
        {
            session.Dispose();
        }

        _ending.Dispose();
    }

    private Session Local() =>
        new(token => RespConnection.ConnectAsync(_layout.Socket, token), () => (Users.Control, _users.ControlPassword().Reveal()));

    private void OnExited()
    {
        _faults.Ended(_stopping);
        _control.Forget();
        _observing.Forget();
        _upkeep.Forget();
        _beating.Forget();
        Exited?.Invoke();
    }

    private ImmutableDictionary<string, Secret> Credentials() => !_credentials.IsEmpty ? _credentials
        : throw new EngineException($"the passwords of store {_store.Name} have not been handed over yet");

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
        catch (Exception exception) when (IsOfServer(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var message = $"cannot {what} at {_self.Name}: {DiskFault.Describe(_layout.Data) ?? exception.Message}";
            _faults.Set(message);
            throw new EngineException(message, exception) { IsPassing = exception is IOException or SocketException or RespErrorException { Kind: "LOADING" } };
        }
        catch (EngineException exception)
        {
            _faults.Set(exception.Message);
            throw;
        }
    }

    private static bool IsOfServer(Exception exception) => exception is RespErrorException or IOException or SocketException or UnauthorizedAccessException
        or TimeoutException or Win32Exception or ObjectDisposedException;
}
