using Holdfast.Agent;
using Holdfast.Agent.Api;
using Holdfast.Agent.Credentials;
using Holdfast.Agent.Guarding;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Systemd;
using Holdfast.Cli.Hosting;
using Holdfast.Configuration.Kinds;
using Holdfast.Coordination;
using Holdfast.Coordination.Etcd;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Facts;

namespace Holdfast.Cli.Agent;

/// <summary>Puts a real agent together: etcd, the store's engine, the HTTP API and systemd.</summary>
internal sealed class AgentHost(TimeProvider time) : IAgentHost, IGuardHost
{
    public async Task<int> RunAgentAsync(SystemSpec system, StoreSpec store, MemberSpec member, CancellationToken cancellationToken)
    {
        using var log = EventLog.ForProcess(time, member.Name);
        try
        {
            await RunAsync(system, store, member, log, cancellationToken);
            log.Info("stop", "the agent has ended; the server goes on");
            return 0;
        }
        catch (Exception exception)
            when (exception is AgentStartException or CredentialException or AgentApiException or EngineException or
                CoordinationException or System.Net.Sockets.SocketException)
        {
            log.Error("start", exception.Message);
            return 1;
        }
    }

    public Task<int> RunGuardAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Task.Run(() => GuardProcess.Run([.. arguments]), CancellationToken.None);

    /// <summary>All loopback and no token in the file: the agents of this user share one in a file of their own.</summary>
    private static Secret TokenOf(SystemSpec system, MemberSpec member)
    {
        if (system.Security.Token is { } token)
        {
            return token;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } profile
            ? profile
            : Path.GetDirectoryName(member.Data)!;
        var folder = Path.Combine(home, ".holdfast");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return TokenFile.GetOrCreate(Path.Combine(folder, $"{system.Name}.token"));
    }

    private async Task RunAsync(SystemSpec system, StoreSpec store, MemberSpec member, EventLog log, CancellationToken stop)
    {
        RefuseRoot();
        var token = TokenOf(system, member);
        log.Hide(token);
        var kind = EngineKinds.Of(store.Kind);
        var engine = kind.CreateEngine(store, member, time, line => log.Info(kind.Name, line));
        await using var agent = new MemberAgent(new AgentParts(
            system, store, member, engine,
            new EtcdCoordination(system.CoordinationOf(member.Site), time), GuardProgram.OfThisProcess(), token, time, log,
            store.HasTwoSites ? new EtcdCoordination(system.Coordination, time) : null));
        await using var verify = kind.CreateVerifyTarget?.Invoke(member, engine, time);
        await using var api = await AgentApi.StartAsync(
            agent.Control, time, (what, fault) => log.Error("api", $"{what}: {fault.Message}"), stop, verify, engine as IFactProbe);
        using var notifier = Notifier.FromEnvironment(() => agent.IsLive);
        log.Info("start", $"agent of {member.Name}, store {store.Name}, site {member.Site}", ("api", api.Address), ("data", member.Data));
        notifier.Ready();
        await agent.RunAsync(stop);
        notifier.Stopping();
    }

    private static void RefuseRoot()
    {
        if (Environment.UserName == "root")
        {
            throw new AgentStartException(
                "the agent must not run as root, for the servers that it starts would: " +
                "run it as the user that owns the data directory, for example with 'runuser -u postgres -- holdfast agent …'");
        }
    }
}
