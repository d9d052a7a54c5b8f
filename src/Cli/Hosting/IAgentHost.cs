using Holdfast.Core.Topology;
using Holdfast.Gate.Running;

namespace Holdfast.Cli.Hosting;

/// <summary>Runs one member's agent until the token is cancelled (SIGTERM, SIGINT). The seam between the command and the agent.</summary>
public interface IAgentHost
{
    /// <returns>The exit code of the process.</returns>
    Task<int> RunAgentAsync(SystemSpec system, StoreSpec store, MemberSpec member, CancellationToken cancellationToken);
}

/// <summary>Runs the guard process, which the agent starts: it kills the server when it is not petted.</summary>
public interface IGuardHost
{
    /// <param name="arguments">All that follows <c>holdfast guard</c>.</param>
    /// <returns>The exit code of the process.</returns>
    Task<int> RunGuardAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken);
}

/// <summary>Runs a gate until the token is cancelled.</summary>
public interface IGateHost
{
    /// <returns>The exit code of the process.</returns>
    Task<int> RunGateAsync(GateOptions options, CancellationToken cancellationToken);
}
