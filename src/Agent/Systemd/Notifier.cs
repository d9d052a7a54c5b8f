using System.Net.Sockets;
using System.Text;

namespace Holdfast.Agent.Systemd;

/// <summary>
/// Tells systemd how the agent is (sd_notify). Does nothing when not started by systemd. A listener that is not there is no fault of the agent's:
/// nothing here throws for it.
/// </summary>
public sealed class Notifier : IDisposable
{
    private readonly Lock _gate = new();
    private readonly UnixDomainSocketEndPoint? _listener;
    private readonly TimeSpan? _beat;
    private readonly Func<bool> _isAlive;
    private readonly ManualResetEventSlim _stopped = new();
    private Thread? _watchdog;
    private string? _status;

    /// <param name="socketPath">Value of NOTIFY_SOCKET: a path, or an abstract name that begins with <c>@</c>; null: off.</param>
    /// <param name="watchdogPeriod">Value of WATCHDOG_USEC; null: none.</param>
    /// <param name="isAlive">Asked before each watchdog message; must not block. False: no message, so that systemd restarts the agent.</param>
    public Notifier(string? socketPath, TimeSpan? watchdogPeriod, Func<bool> isAlive)
    {
        if (socketPath is ['/' or '@', _, ..])
        {
            _listener = new UnixDomainSocketEndPoint(socketPath[0] == '@' ? '\0' + socketPath[1..] : socketPath);
        }

        _beat = watchdogPeriod / 2;
        _isAlive = isAlive;
    }

    /// <summary>False: not started by systemd, or not as <c>Type=notify</c>.</summary>
    public bool IsOn => _listener is not null;

    /// <summary>From this process's environment, which is cleaned of it so that children do not speak in the agent's name.</summary>
    public static Notifier FromEnvironment(Func<bool> isAlive)
    {
        var socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        var period = Environment.GetEnvironmentVariable("WATCHDOG_USEC");
        var watched = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        foreach (var name in (string[])["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"])
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        var ours = string.IsNullOrEmpty(watched) || watched == Environment.ProcessId.ToString();
        return new Notifier(
            socket,
            ours && long.TryParse(period, out var microseconds) && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds) : null,
            isAlive);
    }

    /// <summary>READY=1, and from now on WATCHDOG=1 at half the period while alive.</summary>
    public void Ready()
    {
        Send("READY=1");
        lock (_gate)
        {
            if (IsOn && _beat is not null && _watchdog is null && !_stopped.IsSet)
            {
                _watchdog = new Thread(Beat) { Name = "holdfast-systemd", IsBackground = true };
                _watchdog.Start();
            }
        }
    }

    /// <summary>The one line that <c>systemctl status</c> shows; sent only when it changed.</summary>
    public void Status(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        lock (_gate)
        {
            if (_status == line)
            {
                return;
            }

            _status = line;
        }

        Send("STATUS=" + line);
    }

    /// <summary>The agent is about to end; the watchdog goes on while it is alive, so that a hanging end is noticed too.</summary>
    public void Stopping() => Send("STOPPING=1");

    public void Dispose()
    {
        _stopped.Set();
        if (_watchdog is { IsAlive: true } thread && thread != Thread.CurrentThread)
        {
            thread.Join();
        }
    }

    private void Beat()
    {
        do
        {
            if (_isAlive())
            {
                Send("WATCHDOG=1");
            }
        }
        while (!_stopped.Wait(_beat!.Value));
    }

    private void Send(string message)
    {
        if (_listener is null)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTimeout = 1000;
            socket.SendTo(Encoding.UTF8.GetBytes(message), _listener);
        }
        catch (SocketException)
        {
            // systemd restarts its own side or is not there any more; the next message gets through or there is nobody to tell.
        }
    }
}
