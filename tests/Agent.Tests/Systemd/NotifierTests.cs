using System.Net.Sockets;
using System.Text;
using Holdfast.Agent.Systemd;

namespace Holdfast.Agent.Tests.Systemd;

/// <summary>The test's socket stands where systemd listens.</summary>
public sealed class NotifierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-notify-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readiness_status_and_the_end_are_told_over_a_path_or_an_abstract_name(bool isAbstract)
    {
        var path = isAbstract ? $"@{Path.GetFileName(_folder)}" : Path.Combine(_folder, "notify");
        using var systemd = Listen(path);
        using var notifier = new Notifier(path, watchdogPeriod: null, () => true);

        notifier.Ready();
        notifier.Status("primary of epoch 5\nsafe");
        notifier.Status("primary of epoch 5\nsafe");
        notifier.Stopping();

        Read(systemd).ShouldBe("READY=1");
        Read(systemd).ShouldBe("STATUS=primary of epoch 5 safe");
        Read(systemd).ShouldBe("STOPPING=1");
        systemd.Available.ShouldBe(0);
    }

    [Fact]
    public void The_watchdog_is_petted_at_half_the_period_while_alive_and_not_otherwise()
    {
        var path = Path.Combine(_folder, "notify");
        using var systemd = Listen(path);
        var alive = true;
        var asked = 0;
        using var notifier = new Notifier(path, TimeSpan.FromMilliseconds(100), () =>
        {
            Interlocked.Increment(ref asked);
            return Volatile.Read(ref alive);
        });
        notifier.Ready();
        Read(systemd).ShouldBe("READY=1");
        Read(systemd).ShouldBe("WATCHDOG=1");
        Read(systemd).ShouldBe("WATCHDOG=1");

        Volatile.Write(ref alive, false);
        var then = Volatile.Read(ref asked);
        Await.That(() => Volatile.Read(ref asked) >= then + 2, "it was asked again after it died");
        Drain(systemd);
        then = Volatile.Read(ref asked);
        Await.That(() => Volatile.Read(ref asked) >= then + 3, "it is asked three times more");
        systemd.Available.ShouldBe(0);

        Volatile.Write(ref alive, true);
        Read(systemd).ShouldBe("WATCHDOG=1");
    }

    [Fact]
    public void The_environment_is_read_and_cleaned_so_that_children_do_not_inherit_it()
    {
        var path = Path.Combine(_folder, "notify");
        using var systemd = Listen(path);
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", path);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", "100000");
        Environment.SetEnvironmentVariable("WATCHDOG_PID", Environment.ProcessId.ToString());

        using var notifier = Notifier.FromEnvironment(() => true);
        notifier.Ready();

        Read(systemd).ShouldBe("READY=1");
        Read(systemd).ShouldBe("WATCHDOG=1");
        Environment.GetEnvironmentVariable("NOTIFY_SOCKET").ShouldBeNull();
        Environment.GetEnvironmentVariable("WATCHDOG_USEC").ShouldBeNull();
        using var second = Notifier.FromEnvironment(() => true);
        second.IsOn.ShouldBeFalse();
    }

    [Fact]
    public void Without_systemd_or_with_a_listener_that_is_gone_nothing_happens()
    {
        using var off = new Notifier(null, TimeSpan.FromMilliseconds(10), () => throw new InvalidOperationException("nobody asks"));
        using var gone = new Notifier(Path.Combine(_folder, "nobody"), null, () => true);

        foreach (var notifier in (Notifier[])[off, gone])
        {
            Should.NotThrow(() =>
            {
                notifier.Ready();
                notifier.Status("x");
                notifier.Stopping();
            });
        }
    }

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Bind(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        return socket;
    }

    private static string Read(Socket socket)
    {
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static void Drain(Socket socket)
    {
        while (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
        {
            Read(socket);
        }
    }
}
