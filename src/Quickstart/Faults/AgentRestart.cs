using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Faults;

/// <summary>Each agent in turn is ended in good order and started again, as in an upgrade. The servers must not notice.</summary>
internal sealed class AgentRestart : Fault
{
    public const string Key = "agent-restart";
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        var problems = new List<string?>();
        foreach (var host in stage.Hosts)
        {
            var role = host == before.Primary ? "primary" : "standby";
            stage.Narrator.Say($"SIGTERM to the agent of {host.Name} ({role}), then it is started again");
            await host.StopAgentAsync(StopDeadline, cancellationToken);
            host.StartAgent();
            var missing = await stage.Group.WaitHealthyAsync(stage.Time.GetTimestamp(), Trial.Deadline, () => null, cancellationToken);
            problems.Add(
                missing is null ? null : $"{Trial.Deadline.TotalSeconds:0} s after the restart of the agent of {host.Name}: {missing}");
        }

        problems.AddRange(stage.Hosts.Select(host => Restarted(host, before.Servers[host.Name])));
        problems.Add(
            stage.Group.Newest.Epoch == before.Epoch ? null
                : $"the primary changed, to {stage.Group.Newest.Primary ?? "nobody"}, though only agents were restarted");
        return new Strike(before.StruckAt) { Problems = Strike.ProblemsOf(problems) };
    }

    private static string? Restarted(Host host, ProcessIdentity? before) =>
        host.Server == before ? null
        : host.Server is null ? $"the server of {host.Name} is gone, though only its agent was restarted"
        : $"the server of {host.Name} was restarted, though only its agent was";
}
