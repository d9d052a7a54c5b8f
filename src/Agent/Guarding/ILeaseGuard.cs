namespace Holdfast.Agent.Guarding;

/// <summary>A guard that kills the server when its deadline passes and nobody moves it. It survives the agent. All calls are idempotent.</summary>
internal interface ILeaseGuard
{
    /// <exception cref="GuardException">There is none, and none could be started within the deadline.</exception>
    void Prepare(TimeSpan deadline);

    /// <inheritdoc cref="GuardClient.Arm"/>
    void Arm(TimeSpan deadlineBoot, int postmasterPid, ulong postmasterStartTime, TimeSpan deadline);

    /// <inheritdoc cref="GuardClient.Pet"/>
    void Pet(TimeSpan deadlineBoot, TimeSpan deadline);

    /// <inheritdoc cref="GuardClient.Disarm"/>
    void Disarm(TimeSpan deadline);

    /// <inheritdoc cref="GuardClient.UseWatchdog"/>
    void UseWatchdog(string? device, TimeSpan deadline);
}
