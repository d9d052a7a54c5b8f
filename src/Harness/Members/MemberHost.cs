using System.Globalization;
using Holdfast.Harness.Network;
using Holdfast.Harness.Processes;
using Npgsql;

namespace Holdfast.Harness.Members;

/// <summary>
/// One "host" of a group: an agent process, the guard and the server that the agent starts, and whatever these start. A fault of a host
/// strikes all of them.
/// </summary>
public sealed class MemberHost : IAsyncDisposable
{
    private readonly string _systemFile;
    private readonly string _password;
    private ChildProcess? _agent;

    internal MemberHost(
        string name, string folder, string agentLog, int port, int agentPort, string systemFile, string password, Place? place = null)
    {
        Place = place ?? Place.Loopback;
        (Name, Folder, AgentLog, Port, AgentPort, _systemFile, _password) = (name, folder, agentLog, port, agentPort, systemFile, password);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Name { get; }
    public Place Place { get; }
    /// <summary>How its agent is reached.</summary>
    internal AgentAccess Access { get; init; } = AgentAccess.Plain;
    /// <summary>Everything of this host is below it, so that its processes can be told by it.</summary>
    public string Folder { get; }
    public string AgentLog { get; }
    public int Port { get; }
    /// <summary>Where its server is reached.</summary>
    public string Endpoint => $"{Place.Address}:{Port}";
    public int AgentPort { get; }
    public string Data => Path.Combine(Folder, "data");
    public string Own => Data + ".holdfast";
    public string ServerLog => Path.Combine(Own, "log", "server.log");
    public string GuardLog => Path.Combine(Own, "run", "guard.log");
    public string Salvage => Path.Combine(Own, "salvage");

    /// <exception cref="InvalidOperationException">Not started yet.</exception>
    public ChildProcess Agent => _agent ?? throw new InvalidOperationException($"the agent of {Name} was never started");

    /// <summary>Pid of the server's main process; null: none lives.</summary>
    public int? Postmaster => PidIn(Path.Combine(Data, "postmaster.pid")) ?? PidIn(Path.Combine(Own, "run", "redis.pid"));

    /// <summary>Pid of the guard; null: there is none.</summary>
    public int? Guard => HostProcesses.Named(Folder, " guard ") is [var pid, ..] ? pid : null;

    /// <summary>Starts the agent, as a host does when it boots.</summary>
    public void StartAgent() =>
        _agent = ChildProcess.Start(
            HoldfastProgram.Command.File, [HoldfastProgram.Command.Dll, "agent", "--member", Name, _systemFile], AgentLog, place: Place);

    /// <summary>SIGTERM to the agent; the server stays.</summary>
    public async Task StopAgentAsync()
    {
        if (!await Agent.StopAsync(TimeSpan.FromSeconds(20)))
        {
            throw new TimeoutException($"the agent of {Name} did not end by SIGTERM; its log:\n{Agent.LogTail()}");
        }
    }

    /// <summary>SIGKILL to the agent alone.</summary>
    public Task KillAgentAsync() => Agent.KillAsync();

    /// <summary>SIGKILL to the server's main process alone.</summary>
    public void KillServer() => Posix.Send(Postmaster ?? throw new InvalidOperationException($"{Name} has no server"), Signal.Kill);

    /// <summary>SIGKILL to every process of the host.</summary>
    public async Task CrashAsync()
    {
        // The agent first: it must not have time to act on what happens to the others.
        await (_agent?.KillAsync() ?? Task.CompletedTask);
        await HostProcesses.SignalAsync(Folder, Signal.Kill);
    }

    /// <summary>SIGSTOP to every process of the host.</summary>
    public async Task FreezeAsync()
    {
        await Agent.FreezeAsync();
        await HostProcesses.SignalAsync(Folder, Signal.Stop);
    }

    /// <summary>SIGCONT to all that were stopped.</summary>
    public void Thaw()
    {
        HostProcesses.Thaw(Folder);
        Agent.Thaw();
    }

    /// <summary>What its agent says; null: it does not answer.</summary>
    public async Task<SeenStatus?> StatusAsync() => await GetAsync("/v1/status") is { } json ? SeenStatus.Read(json) : null;

    /// <summary>What its agent answers to a GET; null: it does not answer, or refuses.</summary>
    public Task<string?> GetAsync(string path) => Access.GetAsync(Place.Address, AgentPort, path);

    /// <summary>Waits until its agent, having looked at its server once, says what is wanted.</summary>
    public async Task<SeenStatus> SaysAsync(Func<SeenStatus, bool> wanted, TimeSpan deadline, string what)
    {
        SeenStatus? last = null;
        await Eventually.TrueAsync(
            async () => (last = await StatusAsync()) is { Members.IsEmpty: false } status && wanted(status), deadline,
            () => $"{Name} does not come to say that {what}; it says: {last?.ToString() ?? "nothing"}\nits log:\n{_agent?.LogTail()}");
        return last!;
    }

    /// <summary>Waits until this host's own log has a line with the text.</summary>
    public Task LogsAsync(string text, TimeSpan deadline) => Eventually.TrueAsync(
        () => Log().Contains(text, StringComparison.Ordinal), deadline, () => $"{Name} does not log '{text}'; its log:\n{_agent?.LogTail()}");

    public string Log() => File.Exists(AgentLog) ? File.ReadAllText(AgentLog) : "";

    /// <summary>How an application connects to this member alone.</summary>
    public string ApplicationConnection => new NpgsqlConnectionStringBuilder
    {
        Host = Place.Address,
        Port = Port,
        Username = RowTable.Name,
        Database = RowTable.Name,
        Password = _password,
        Pooling = false,
        Timeout = 5,
        CommandTimeout = 30,
        CancellationTimeout = -1,
    }.ConnectionString;

    /// <summary>One value from the server, asked through its private socket as its superuser.</summary>
    public Task<T> AskAsync<T>(string sql) => AskInAsync<T>("postgres", sql);

    /// <summary>The same in another database.</summary>
    public async Task<T> AskInAsync<T>(string database, string sql)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Path.Combine(Own, "run"),
            Port = Port,
            Username = "postgres",
            Database = database,
            Pooling = false,
            Timeout = 10,
            CommandTimeout = 30,
        };
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private int? PidIn(string file)
    {
        try
        {
            return int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) &&
                Posix.State(pid) is not (null or 'Z') && new FileInfo($"/proc/{pid}/cwd").LinkTarget == Data ? pid : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }

        await HostProcesses.SignalAsync(Folder, Signal.Kill);
    }
}
