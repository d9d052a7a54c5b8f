namespace Holdfast.Agent.Systemd;

/// <summary>Tells systemd how the agent is (sd_notify). Does nothing when not started by systemd. Never throws for a missing listener.</summary>
public sealed class Notifier : IDisposable
{
    /// <param name="socketPath">Value of NOTIFY_SOCKET; null: off.</param>
    /// <param name="watchdogPeriod">Value of WATCHDOG_USEC; null: none.</param>
    public Notifier(string? socketPath, TimeSpan? watchdogPeriod, Func<bool> isAlive) => throw new NotSupportedException("shape only");

    /// <summary>From this process's environment, which is cleaned of it so that children do not inherit it.</summary>
    public static Notifier FromEnvironment(Func<bool> isAlive) => throw new NotSupportedException("shape only");

    /// <summary>READY=1, and from now on WATCHDOG=1 at half the period while alive.</summary>
    public void Ready() => throw new NotSupportedException("shape only");
    /// <summary>The one line that <c>systemctl status</c> shows; sent only when it changed.</summary>
    public void Status(string text) => throw new NotSupportedException("shape only");
    public void Stopping() => throw new NotSupportedException("shape only");
    public void Dispose() { }
}
