using Holdfast.Cli.Files;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.CommandLine;

/// <summary>Everything that the verbs need of the world; tests hand in their own.</summary>
public sealed record CliContext
{
    public required Terminal Terminal { get; init; }
    public required ISystemFiles Files { get; init; }
    /// <summary>Runs the agent; null: this build has none.</summary>
    public IAgentHost? AgentHost { get; init; }
    /// <summary>Runs the guard; null: this build has none.</summary>
    public IGuardHost? GuardHost { get; init; }
    /// <summary>Runs the gate; null: this build has none.</summary>
    public IGateHost? GateHost { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;
    /// <summary>Reads an environment variable; null: not set.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;
    public Func<string, bool> FileExists { get; init; } = File.Exists;
}
