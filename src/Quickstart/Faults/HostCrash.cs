namespace Holdfast.Quickstart.Faults;

/// <summary>Agent, guard and server of the primary die at once; after the failover the "host" boots, which starts its agent.</summary>
internal sealed class HostCrash : Fault
{
    public const string Key = "host-crash";
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        var host = before.Primary;
        var server = before.Servers[host.Name];
        stage.Narrator.Say($"SIGKILL to everything on the host of {host.Name}, the primary: agent, guard, server");
        var struckAt = stage.Time.GetTimestamp();
        await host.CrashAsync(cancellationToken);
        var problem = await stage.WaitForMoveAsync(before, cancellationToken);

        stage.Narrator.Say($"the host of {host.Name} boots: its agent is started");
        host.StartAgent();
        return new Strike(struckAt)
        {
            Further = () => host.Server is { } now && now != server ? null : $"the server of {host.Name} has not been started again",
            Problems = Strike.ProblemsOf(problem),
        };
    }
}
