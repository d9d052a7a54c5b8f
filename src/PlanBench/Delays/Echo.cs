using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Holdfast.PlanBench.Trials;

namespace Holdfast.PlanBench.Delays;

/// <summary>A byte sent there and back, many times.</summary>
internal static class Echo
{
    private const int Warmup = 20;
    private const int Times = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>The round trip of a line as it really is, the relay's own work and all.</summary>
    public static TimeSpan Through(TimeSpan oneWay)
    {
        using var listener = Listen();
        using var line = new Line(PortOf(listener), oneWay);
        return Measure(line.Port, TimeSpan.Zero);
    }

    /// <summary>From one thread to another and back, with no line between them: each wakes the other.</summary>
    /// <param name="rest">Before each, so that both are asleep and their processors cold.</param>
    public static TimeSpan Beside(TimeSpan rest)
    {
        using var listener = Listen();
        return Measure(PortOf(listener), rest);
    }

    private static TimeSpan Measure(int port, TimeSpan rest)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        var (letter, begun, times) = (new byte[1], Stopwatch.GetTimestamp(), new List<TimeSpan>());
        for (var time = 0; time < Warmup + Times && (time <= Warmup || Stopwatch.GetElapsedTime(begun) < Longest); time++)
        {
            PreciseWait.For(rest);
            var sent = Stopwatch.GetTimestamp();
            socket.Send(letter);
            socket.Receive(letter);
            if (time >= Warmup)
            {
                times.Add(Stopwatch.GetElapsedTime(sent));
            }
        }

        return Medians.Of(times);
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        new Thread(() => Answer(listener)) { IsBackground = true }.Start();
        return listener;
    }

    private static int PortOf(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    private static void Answer(Socket listener)
    {
        try
        {
            using var socket = listener.Accept();
            socket.NoDelay = true;
            var letter = new byte[1];
            while (socket.Receive(letter) > 0)
            {
                socket.Send(letter);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
