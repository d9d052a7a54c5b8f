namespace Holdfast.Agent.Guarding;

/// <summary>The guard: a small process that kills a server whose lease has run out, when the agent cannot (R6). Hidden verb <c>holdfast guard</c>.</summary>
public static class GuardProcess
{
    /// <summary>Runs until told to leave. Returns the exit code of the process.</summary>
    /// <param name="args">What follows the verb: <c>--data DIRECTORY</c> and internal options.</param>
    public static int Run(string[] args) => throw new NotSupportedException("shape only");
}
